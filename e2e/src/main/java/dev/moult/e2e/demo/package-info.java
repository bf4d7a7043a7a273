/**
 * The demo: one live update of a guest that is in use, and a table of what is claimed and was seen.
 */
@NullMarked
package dev.moult.e2e.demo;

import org.jspecify.annotations.NullMarked;
