/** Lines on stderr for people: what happened, then who and where as key=value pairs. */
@NullMarked
package dev.moult.broker.log;

import org.jspecify.annotations.NullMarked;
