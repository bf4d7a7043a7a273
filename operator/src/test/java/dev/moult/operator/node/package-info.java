/** Tests of the package of the same name, without an API server. */
@NullMarked
package dev.moult.operator.node;

import org.jspecify.annotations.NullMarked;
