/**
 * QEMU as Moult meets it. This module alone speaks QMP, writes QEMU's command line and reads its
 * cpr stream; it knows nothing of pods and opens no descriptor of its own but QMP's connection.
 */
@NullMarked
package dev.moult.qemu;

import org.jspecify.annotations.NullMarked;
