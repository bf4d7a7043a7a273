package dev.moult.qemu.machine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers at which a QEMU finds its descriptors; see the table in {@code docs/architecture.md}.
 *
 * @param ram the sealed memfd
 * @param meet the meeting place, a detached tmpfs
 * @param taps those of each network card in order, one per queue
 * @param tty the anchor's tty, the guest's serial console
 * @param kernel the kernel, or null
 * @param initrd the initrd, or null
 * @param firmware the firmware file, or null for {@link Firmware#BUNDLED}
 * @param qmp a listening stream socket
 * @param kvm an open of {@code /dev/kvm}, or null with TCG
 * @param variables the variables of a {@link Firmware#isFlash}, or null
 * @param disks those of each disk, in order
 * @param guestAgent a listening stream socket for {@link Extra#GUEST_AGENT}, or null
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
    @Nullable Integer kvm,
    @Nullable Integer variables,
    List<DiskSlots> disks,
    @Nullable Integer guestAgent) {

  /** Copies the lists. */
  public DescriptorSlots {
    taps = List.copyOf(taps);
    disks = List.copyOf(disks);
  }

  /** Of a machine without disks. */
  public DescriptorSlots(
      int ram,
      int meet,
      List<Integer> taps,
      int tty,
      @Nullable Integer kernel,
      @Nullable Integer initrd,
      @Nullable Integer firmware,
      int qmp,
      @Nullable Integer kvm) {
    this(ram, meet, taps, tty, kernel, initrd, firmware, qmp, kvm, null, List.of(), null);
  }

  /**
   * The numbers of one disk.
   *
   * @param image what the guest writes
   * @param base what lies beneath, or null
   */
  public record DiskSlots(int image, @Nullable Integer base) {}

  /** Path of a socket in the meeting place, as QEMU opens it. */
  public String meetingPath(String socketName) {
    return "/proc/self/fd/" + meet + "/" + socketName;
  }
}
