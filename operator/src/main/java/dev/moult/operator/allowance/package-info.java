/**
 * What a namespace still allows: its quotas and limit ranges, and dry runs of the pod that a live
 * update would create. A dry run costs the API server as much as a write, so one is made only when
 * its answer can have changed, and not faster than a few in a second.
 */
@NullMarked
package dev.moult.operator.allowance;

import org.jspecify.annotations.NullMarked;
