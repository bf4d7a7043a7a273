/**
 * The table of faults, run for real: a guest that checks itself, a live update held at a named
 * step, one fault, and then a look at everything that must be true. What is expected of each cell
 * is data ({@link dev.moult.e2e.faults.FaultTable}); needs root on the development cluster's node.
 */
@NullMarked
package dev.moult.e2e.faults;

import org.jspecify.annotations.NullMarked;
