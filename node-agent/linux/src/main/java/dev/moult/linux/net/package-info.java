/**
 * The guest's network as the kernel sees it: work inside a pod's network namespace, taps and
 * interfaces.
 */
@NullMarked
package dev.moult.linux.net;

import org.jspecify.annotations.NullMarked;
