/**
 * Who is at the other end: the pod and container of a process, by pidfd and cgroup, never by a name
 * or number that a pod could choose.
 */
@NullMarked
package dev.moult.broker.peer;

import org.jspecify.annotations.NullMarked;
