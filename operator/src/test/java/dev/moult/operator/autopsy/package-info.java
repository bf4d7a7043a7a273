/** Tests of autopsies' statuses. */
@NullMarked
package dev.moult.operator.autopsy;

import org.jspecify.annotations.NullMarked;
