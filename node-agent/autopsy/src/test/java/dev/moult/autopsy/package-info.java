/** Tests with a RAM made up, and with that of a real guest. */
@NullMarked
package dev.moult.autopsy;

import org.jspecify.annotations.NullMarked;
