/** What Prometheus scrapes: updates by result, pauses, durations, virtual machines by phase. */
@NullMarked
package dev.moult.operator.metrics;

import org.jspecify.annotations.NullMarked;
