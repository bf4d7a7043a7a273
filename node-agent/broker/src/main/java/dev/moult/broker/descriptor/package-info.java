/** Descriptors from and for pods: what must be true of each before it is used or handed on. */
@NullMarked
package dev.moult.broker.descriptor;

import org.jspecify.annotations.NullMarked;
