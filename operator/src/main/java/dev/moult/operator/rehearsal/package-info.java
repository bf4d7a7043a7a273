/**
 * Goes through the plans of a virtual machine's life and of an update once the operator starts, and
 * in the image's training run; then makes each kind of call about objects that do not exist. The
 * first real ones find every class loaded and linked. Nothing is changed by it.
 */
@NullMarked
package dev.moult.operator.rehearsal;

import org.jspecify.annotations.NullMarked;
