/**
 * What tests with real QEMUs share: the checkout's images, the guest's console, and the process
 * that becomes a QEMU with descriptors at given numbers. Published as the test-jar of this module.
 */
@NullMarked
package dev.moult.qemu.testing;

import org.jspecify.annotations.NullMarked;
