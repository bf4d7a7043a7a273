/**
 * What demo, tests and benchmark do alike: run one live update of a guest that is being used, and
 * measure everything that is claimed of it.
 */
@NullMarked
package dev.moult.e2e.scenario;

import org.jspecify.annotations.NullMarked;
