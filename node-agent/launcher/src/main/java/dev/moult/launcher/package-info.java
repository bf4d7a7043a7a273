/**
 * The program that a pod starts with: it asks its image's QEMU what it is, dials the broker, places
 * the descriptors of the plan it gets and becomes QEMU (in a VMM pod) or an idle process that holds
 * them (in an anchor). Beside an anchor it also runs as the container that copies memory to and
 * from a user's volume. Tuned for its start: no framework, no logging, few classes.
 */
@NullMarked
package dev.moult.launcher;

import org.jspecify.annotations.NullMarked;
