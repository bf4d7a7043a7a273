/**
 * What each VM of the node uses, for Prometheus and {@code kubectl moult top}. Read when scraped, a
 * VM at most three times in ten seconds, beside the VMs' own threads and never in a handoff; {@code
 * docs/metrics.md} names each metric.
 */
@NullMarked
package dev.moult.agent.meter;

import org.jspecify.annotations.NullMarked;
