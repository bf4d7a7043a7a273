/**
 * The way to the API server: slimmed caches shared by the controllers, a bounded number of writes
 * in flight, and every call that changes something outside.
 */
@NullMarked
package dev.moult.operator.cluster;

import org.jspecify.annotations.NullMarked;
