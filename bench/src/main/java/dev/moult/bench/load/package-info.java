/**
 * The program that both guests of a comparison have, {@code load.py}, and its other end here: disks
 * and network are measured from inside the guest, and verified while the guest is handed over.
 */
@NullMarked
package dev.moult.bench.load;

import org.jspecify.annotations.NullMarked;
