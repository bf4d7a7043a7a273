/** Numbers and what they say: medians, percentiles, and the table of what is promised. */
@NullMarked
package dev.moult.bench.figures;

import org.jspecify.annotations.NullMarked;
