/**
 * Unix sockets with descriptors in their messages, and the proof of who is at the other end. Every
 * socket is close-on-exec and every wait has a deadline.
 */
@NullMarked
package dev.moult.linux.socket;

import org.jspecify.annotations.NullMarked;
