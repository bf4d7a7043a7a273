/**
 * Live updates: asking for one, watching it, those that were, and what stands in the way of one.
 */
@NullMarked
package dev.moult.cli.update;

import org.jspecify.annotations.NullMarked;
