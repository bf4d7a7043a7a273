package dev.moult.wire;

/** The numbers at which descriptors lie, the same in an anchor and in every QEMU of its VM. */
public final class Slots {
  /** The guest's RAM: a sealed memfd. */
  public static final int RAM = 10;

  /** The meeting place: a detached tmpfs. */
  public static final int MEET = 11;

  /** The tap of the guest's first network card. */
  public static final int TAP = 12;

  /** The anchor's terminal: the guest's console. */
  public static final int TTY = 13;

  /** The guest's kernel, to read. */
  public static final int KERNEL = 14;

  /** The guest's initrd, to read. */
  public static final int INITRD = 15;

  /** The firmware's code, to read. */
  public static final int FIRMWARE = 16;

  /** The firmware's variables. */
  public static final int VARIABLES = 17;

  /** A listening socket for QMP, one per QEMU. */
  public static final int QMP = 20;

  /** An open of {@code /dev/kvm}, one per QEMU. */
  public static final int KVM = 21;

  /** A listening socket for the channel to the guest agent, one per QEMU. */
  public static final int GUEST_AGENT = 22;

  /** The second queue of the pod network's tap; the others follow. */
  private static final int QUEUES = 23;

  /** The most queues of the pod network's tap: so many numbers are left below the disks. */
  public static final int MOST_QUEUES = 8;

  /** The first disk; the others follow, two numbers each. */
  private static final int DISKS = 30;

  /** The most disks of a VM. */
  public static final int MOST_DISKS = 64;

  /** The tap of the second network card; the others follow. */
  private static final int MORE_TAPS = DISKS + 2 * MOST_DISKS;

  /** The most network cards of a VM. */
  public static final int MOST_NICS = 8;

  /** No slot lies at this number or above. */
  public static final int END = MORE_TAPS + MOST_NICS - 1;

  private Slots() {}

  /** The tap of network card {@code nic}, from 0: its first queue. */
  public static int tap(int nic) {
    return nic == 0 ? TAP : MORE_TAPS + nic - 1;
  }

  /**
   * A further queue of the pod network's tap, whichever card that is.
   *
   * @param queue from 1 to {@link #MOST_QUEUES} - 1
   */
  public static int tapQueue(int queue) {
    return QUEUES + queue - 1;
  }

  /** Whether a tap lies at that number, or a further queue of one. */
  public static boolean isTap(int slot) {
    return isFirstQueue(slot) || isFurtherQueue(slot);
  }

  /** Whether the tap of a network card lies at that number. */
  public static boolean isFirstQueue(int slot) {
    return slot == TAP || (slot >= MORE_TAPS && slot < END);
  }

  /** Whether a queue of a tap lies at that number that is not its first. */
  public static boolean isFurtherQueue(int slot) {
    return slot >= QUEUES && slot <= tapQueue(MOST_QUEUES - 1);
  }

  /** The name of a tap's slot: {@code tap}, {@code tap1}; of a queue's: {@code tap-queue1}. */
  public static String nameOfTap(int slot) {
    if (isFurtherQueue(slot)) {
      return "tap-queue" + (slot - QUEUES + 1);
    }
    return slot == TAP ? "tap" : "tap" + (slot - MORE_TAPS + 1);
  }

  /** What the guest writes when it writes to disk {@code index}: an image, a file, a device. */
  public static int disk(int index) {
    return DISKS + 2 * index;
  }

  /** The image beneath disk {@code index}, to read, if it is an overlay. */
  public static int base(int index) {
    return disk(index) + 1;
  }

  /** The name of a disk's slot: {@code disk0}, {@code disk0-base}. */
  public static String nameOfDisk(int slot) {
    int index = (slot - DISKS) / 2;
    return "disk" + index + (slot == base(index) ? "-base" : "");
  }

  /** Whether a disk or the image beneath one lies at that number. */
  public static boolean isDisk(int slot) {
    return slot >= DISKS && slot < MORE_TAPS;
  }
}
