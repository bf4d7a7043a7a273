/** Tests of what Prometheus scrapes. */
@NullMarked
package dev.moult.operator.metrics;

import org.jspecify.annotations.NullMarked;
