/**
 * Makes the committed files from the Java model: the CRDs in {@code crds/generated} and {@code
 * docs/conditions.md}. Runs as a test, so that a file that differs from the model fails the build.
 */
@NullMarked
package dev.moult.api.generate;

import org.jspecify.annotations.NullMarked;
