/**
 * The pairs of QEMU versions that users of this cluster have learnt to avoid: read from a mounted
 * ConfigMap, and read again whenever it changes. The agent needs no right at the API server for it.
 */
@NullMarked
package dev.moult.agent.pairs;

import org.jspecify.annotations.NullMarked;
