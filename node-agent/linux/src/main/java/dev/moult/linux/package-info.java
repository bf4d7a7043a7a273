/**
 * Linux as Moult needs it: descriptors, sockets, namespaces, mounts, taps and KVM, by JNA. The only
 * room that imports {@code com.sun.jna}; everything above it works with {@link
 * java.lang.AutoCloseable} owners of descriptors and Java types.
 */
@NullMarked
package dev.moult.linux;

import org.jspecify.annotations.NullMarked;
