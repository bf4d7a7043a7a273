/** Tests of settings and clocks. */
@NullMarked
package dev.moult.operator.config;

import org.jspecify.annotations.NullMarked;
