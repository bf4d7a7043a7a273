/**
 * Pods of a virtual machine: how anchor and VMM pods are built (pure functions of the spec) and how
 * the state of a pod is read. Nothing here talks to the API server.
 */
@NullMarked
package dev.moult.operator.pod;

import org.jspecify.annotations.NullMarked;
