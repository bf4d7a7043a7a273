package dev.moult.wire;

/** The numbers at which descriptors lie, the same in an anchor and in every QEMU of its VM. */
public final class Slots {
  /** The guest's RAM: a sealed memfd. */
  public static final int RAM = 10;

  /** The meeting place: a detached tmpfs. */
  public static final int MEET = 11;

  /** The guest's tap. */
  public static final int TAP = 12;

  /** The anchor's terminal: the guest's console. */
  public static final int TTY = 13;

  /** The guest's kernel, to read. */
  public static final int KERNEL = 14;

  /** The guest's initrd, to read. */
  public static final int INITRD = 15;

  /** A listening socket for QMP, one per QEMU. */
  public static final int QMP = 20;

  /** An open of {@code /dev/kvm}, one per QEMU. */
  public static final int KVM = 21;

  private Slots() {}
}
