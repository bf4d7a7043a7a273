/** Tests of the API's model and rules. */
@NullMarked
package dev.moult.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
