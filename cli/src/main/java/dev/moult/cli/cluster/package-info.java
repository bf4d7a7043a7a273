/**
 * The cluster as a verb sees it: the kubeconfig and its context, virtual machines by name, an
 * object followed as it changes, what the node agents tell, and what the API server refuses, said
 * in words that help.
 */
@NullMarked
package dev.moult.cli.cluster;

import org.jspecify.annotations.NullMarked;
