/**
 * What each VM of the node uses, for Prometheus. Read when scraped, at most every ten seconds a VM,
 * beside the VMs' own threads and never in a handoff; {@code docs/metrics.md} names each metric.
 */
@NullMarked
package dev.moult.agent.meter;

import org.jspecify.annotations.NullMarked;
