/**
 * A real API server for integration tests: kube-apiserver and etcd of the development cluster in
 * containers, the CRDs installed, clients of any user or node-bound service account. Published as
 * the test-jar of this module; who uses it adds testcontainers and kubernetes-client.
 */
@NullMarked
package dev.moult.api.testing;

import org.jspecify.annotations.NullMarked;
