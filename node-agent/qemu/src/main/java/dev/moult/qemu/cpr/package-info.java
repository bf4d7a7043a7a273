/**
 * The cpr stream, by which A tells B which descriptors it hands over. The codec is incremental and
 * owns no descriptor: a relay feeds it what it read and passes on what it gives back.
 */
@NullMarked
package dev.moult.qemu.cpr;

import org.jspecify.annotations.NullMarked;
