/**
 * The Java model of {@code moult.dev/v1alpha1}: what a user wishes (spec) and what operator and
 * agent report (status). Records without behaviour, from which the CRDs in {@code crds/generated}
 * are made; a component is {@code @Nullable} unless the schema requires it or gives it a default.
 * Every status field has exactly one writer, named in its description.
 */
@NullMarked
package dev.moult.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
