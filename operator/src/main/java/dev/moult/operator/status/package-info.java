/**
 * Statuses: conditions that keep their transition time, and the part of a status that is the
 * operator's own, to be compared with the cache and applied whole.
 */
@NullMarked
package dev.moult.operator.status;

import org.jspecify.annotations.NullMarked;
