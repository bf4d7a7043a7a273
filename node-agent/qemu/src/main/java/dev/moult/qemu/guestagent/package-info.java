/**
 * The guest agent in a guest (qemu-guest-agent), spoken to over the channel that QEMU holds:
 * whoever is at its other end is the guest's, and may say what it likes, or nothing. What it tells
 * is cut, cleaned and sorted here, before anybody sees it.
 */
@NullMarked
package dev.moult.qemu.guestagent;

import org.jspecify.annotations.NullMarked;
