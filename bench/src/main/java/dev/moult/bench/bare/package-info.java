/**
 * The measure that the product is held against: the same guest handed from one QEMU to the next as
 * plain processes, with the commands a handoff cannot do without and nothing else. No Kubernetes,
 * no relay, no comparison, no journal.
 */
@NullMarked
package dev.moult.bench.bare;

import org.jspecify.annotations.NullMarked;
