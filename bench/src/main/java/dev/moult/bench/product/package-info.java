/** Moult as its users have it: a VirtualMachine on the development cluster, and its updates. */
@NullMarked
package dev.moult.bench.product;

import org.jspecify.annotations.NullMarked;
