/**
 * What a guest's further networks become outside of it: the anchor's annotation, and
 * NetworkAttachmentDefinitions that are looked at before a start. Pure; nothing here talks to the
 * API server.
 */
@NullMarked
package dev.moult.operator.network;

import org.jspecify.annotations.NullMarked;
