/**
 * What a launcher asks its image's QEMU, as bytes. It uses nothing but {@code java.base}, because
 * launchers carry no library; the answer is read by {@code dev.moult.qemu.probe} in the agent.
 */
@NullMarked
package dev.moult.qemu.probe.script;

import org.jspecify.annotations.NullMarked;
