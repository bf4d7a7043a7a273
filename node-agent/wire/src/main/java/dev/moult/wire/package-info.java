/**
 * What launcher, broker and agent say to each other: records for each message, their coding as
 * tagged fields in one seqpacket each, and the socket that carries them together with descriptors.
 * Old launchers live for years beside new brokers, so a tag is never reused and an unknown one is
 * skipped.
 */
@NullMarked
package dev.moult.wire;

import org.jspecify.annotations.NullMarked;
