/** What tests of this and of other modules need of the machine, and give back. */
@NullMarked
package dev.moult.linux.testing;

import org.jspecify.annotations.NullMarked;
