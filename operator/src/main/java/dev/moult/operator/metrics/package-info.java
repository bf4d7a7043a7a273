/** What Prometheus scrapes of the whole cluster; {@code docs/metrics.md} names each metric. */
@NullMarked
package dev.moult.operator.metrics;

import org.jspecify.annotations.NullMarked;
