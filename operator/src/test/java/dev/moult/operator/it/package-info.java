/**
 * The operator as it is shipped, as a process of its own under its own ClusterRole, against a real
 * API server. There is no scheduler, kubelet or agent: the tests write what those would write,
 * through the API.
 */
@NullMarked
package dev.moult.operator.it;

import org.jspecify.annotations.NullMarked;
