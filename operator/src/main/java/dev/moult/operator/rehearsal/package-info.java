/**
 * Goes through the plans of a virtual machine's life and of an update once the operator starts, and
 * in the image's training run: the first real ones then find every class loaded and compiled. No
 * API server is asked and nothing is done.
 */
@NullMarked
package dev.moult.operator.rehearsal;

import org.jspecify.annotations.NullMarked;
