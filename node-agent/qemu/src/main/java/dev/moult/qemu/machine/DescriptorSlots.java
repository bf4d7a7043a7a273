package dev.moult.qemu.machine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers at which a QEMU finds its descriptors; see the table in {@code docs/architecture.md}.
 *
 * @param ram the sealed memfd
 * @param meet the meeting place, a detached tmpfs
 * @param taps one per network card, in order
 * @param tty the anchor's tty, the guest's serial console
 * @param kernel the kernel, or null
 * @param initrd the initrd, or null
 * @param firmware the firmware file, or null for {@link Firmware#BUNDLED}
 * @param qmp a listening stream socket
 * @param kvm an open of {@code /dev/kvm}, or null with TCG
 */
public record DescriptorSlots(
    int ram,
    int meet,
    List<Integer> taps,
    int tty,
    @Nullable Integer kernel,
    @Nullable Integer initrd,
    @Nullable Integer firmware,
    int qmp,
    @Nullable Integer kvm) {

  /** Copies the taps. */
  public DescriptorSlots {
    taps = List.copyOf(taps);
  }

  /** Path of a socket in the meeting place, as QEMU opens it. */
  public String meetingPath(String socketName) {
    return "/proc/self/fd/" + meet + "/" + socketName;
  }
}
