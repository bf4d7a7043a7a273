/** What tests of several packages share. */
@NullMarked
package dev.moult.operator;

import org.jspecify.annotations.NullMarked;
