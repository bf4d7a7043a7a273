/** Tests of what is taken from who hands out a guest's memory. */
@NullMarked
package dev.moult.cli.autopsy;

import org.jspecify.annotations.NullMarked;
