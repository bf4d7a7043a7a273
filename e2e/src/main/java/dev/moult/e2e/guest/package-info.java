/**
 * The guest as its users see it: what its services on the pod's address answer, measured from
 * outside while something happens to the machine. Nothing here knows of QEMU.
 */
@NullMarked
package dev.moult.e2e.guest;

import org.jspecify.annotations.NullMarked;
