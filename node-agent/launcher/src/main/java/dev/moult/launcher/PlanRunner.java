package dev.moult.launcher;

import dev.moult.launcher.disk.Disks;
import dev.moult.launcher.disk.Variables;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.HugePages;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.file.Resolve;
import dev.moult.linux.file.Tty;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Operation;
import dev.moult.wire.Plan;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Carries out a plan's operations. Owns what it has opened or received until it is closed or the
 * launcher becomes the program; nothing lies at its slot before that.
 */
final class PlanRunner implements AutoCloseable {
  /** Slots lie below this number. */
  static final int SLOTS = 256;

  private static final Set<Resolve> IN_ROOT = EnumSet.of(Resolve.IN_ROOT);

  private final List<Fd> received;
  private final Map<Integer, Fd> slots = new TreeMap<>();
  private final Disks disks = new Disks();
  private int next;

  /** Adopts the descriptors that came with the plan. */
  PlanRunner(List<Fd> received) {
    this.received = new ArrayList<>(received);
  }

  /** Carries out all operations, in order. */
  void run(Plan plan) throws LaunchException {
    if (plan.receives() != received.size()) {
      throw new LaunchException(
          LaunchReason.DESCRIPTORS_DO_NOT_MATCH,
          -1,
          "the plan receives "
              + plan.receives()
              + " descriptors, but "
              + received.size()
              + " came");
    }
    for (Operation operation : plan.operations()) {
      if (operation.slot() >= SLOTS) {
        throw new LaunchException(
            LaunchReason.OTHER, operation.slot(), "there is no slot " + operation.slot());
      }
      if (operation instanceof Operation.EmptyRam) {
        empty(operation.slot());
        continue;
      }
      Fd fd = carryOut(operation);
      Fd before = slots.put(operation.slot(), fd);
      if (before != null) {
        before.close();
        throw new LaunchException(
            LaunchReason.OTHER,
            operation.slot(),
            "the plan fills slot " + operation.slot() + " twice");
      }
    }
  }

  /** What lies at each slot, borrowed. */
  Map<Integer, Fd> slots() {
    return slots;
  }

  /** What the disks among the slots are. */
  List<ImageFacts> images() {
    return disks.images();
  }

  /** What each slot holds, for the broker. */
  List<SlotFacts> facts() throws LaunchException {
    var facts = new ArrayList<SlotFacts>();
    for (Map.Entry<Integer, Fd> slot : slots.entrySet()) {
      try {
        facts.add(SlotFacts.of(slot.getKey(), slot.getValue()));
      } catch (LinuxException e) {
        throw new LaunchException(
            LaunchReason.OTHER, slot.getKey(), "slot " + slot.getKey() + " cannot be looked at", e);
      }
    }
    return facts;
  }

  private Fd carryOut(Operation operation) throws LaunchException {
    if (operation instanceof Operation.Receive) {
      return received.get(next++);
    }
    if (operation instanceof Operation.CreateRam ram) {
      return createRam(ram);
    }
    if (operation instanceof Operation.OpenFile file) {
      return openFile(file);
    }
    if (operation instanceof Operation.DupTty tty) {
      return dupTty(tty);
    }
    return disk(operation);
  }

  private Fd disk(Operation operation) throws LaunchException {
    if (operation instanceof Operation.OpenImage image) {
      return disks.open(image);
    }
    if (operation instanceof Operation.MakeOverlay overlay) {
      return disks.make(overlay);
    }
    if (operation instanceof Operation.OpenDisk disk) {
      return disks.open(disk);
    }
    if (operation instanceof Operation.MakeDisk disk) {
      return disks.make(disk);
    }
    if (operation instanceof Operation.MakeSeed seed) {
      return disks.make(seed);
    }
    if (operation instanceof Operation.CopyFile copy) {
      return disks.copy(copy);
    }
    if (operation instanceof Operation.KeepFile keep) {
      return Variables.keep(keep);
    }
    throw new LaunchException(
        LaunchReason.UNKNOWN_OPERATION,
        operation.slot(),
        "this launcher does not know the operation " + operation.name() + ": its image is too old");
  }

  private static Fd createRam(Operation.CreateRam ram) throws LaunchException {
    Memfd.Pages pages = pages(ram);
    if (ram.bytes() <= 0 || ram.bytes() % pages.bytes() != 0) {
      throw new LaunchException(
          LaunchReason.OTHER,
          ram.slot(),
          ram.bytes() + " bytes of RAM are no multiple of a page of " + pages.bytes() + " bytes");
    }
    if (pages == Memfd.Pages.NORMAL) {
      // Allocating more than there is would not fail: the kernel would kill others to make room.
      long available = MemoryInfo.availableBytes();
      if (ram.bytes() > available) {
        throw new LaunchException(
            LaunchReason.NOT_ENOUGH_MEMORY,
            ram.slot(),
            "the guest's RAM is " + ram.bytes() + " bytes, the node has " + available + " left");
      }
    }
    try {
      return Memfd.guestRam("vm-ram", ram.bytes(), pages);
    } catch (LinuxException e) {
      boolean lacking = e.is(Errno.ENOMEM) || e.is(Errno.ENOSPC) || e.is(Errno.ENODEV);
      if (lacking && pages != Memfd.Pages.NORMAL) {
        throw new LaunchException(
            LaunchReason.HUGE_PAGES_NOT_AVAILABLE, ram.slot(), lackingHugePages(ram), e);
      }
      throw new LaunchException(
          lacking ? LaunchReason.NOT_ENOUGH_MEMORY : LaunchReason.OTHER,
          ram.slot(),
          "cannot allocate " + ram.bytes() + " bytes of RAM for the guest",
          e);
    }
  }

  private void empty(int slot) throws LaunchException {
    Fd ram = slots.get(slot);
    if (ram == null) {
      throw new LaunchException(LaunchReason.OTHER, slot, "there is no RAM at slot " + slot);
    }
    try {
      Memfd.zero(ram);
    } catch (LinuxException e) {
      throw new LaunchException(LaunchReason.OTHER, slot, "cannot empty the guest's RAM", e);
    }
  }

  private static String lackingHugePages(Operation.CreateRam ram) {
    long size = ram.hugePageBytes();
    long needed = ram.bytes() / size;
    OptionalLong free = HugePages.free(size);
    String found;
    if (free.isEmpty()) {
      found = "the node has none of that size";
    } else if (free.getAsLong() < needed) {
      found = "the node has " + free.getAsLong() + " free";
    } else {
      found = "the node has enough of them free, but the pod may not have so many";
    }
    return "the guest's RAM is %d huge pages of %d MiB: %s".formatted(needed, size >> 20, found);
  }

  private static Memfd.Pages pages(Operation.CreateRam ram) throws LaunchException {
    if (ram.hugePageBytes() == 0) {
      return Memfd.Pages.NORMAL;
    }
    if (ram.hugePageBytes() == Memfd.Pages.HUGE_2_MIB.bytes()) {
      return Memfd.Pages.HUGE_2_MIB;
    }
    if (ram.hugePageBytes() == Memfd.Pages.HUGE_1_GIB.bytes()) {
      return Memfd.Pages.HUGE_1_GIB;
    }
    throw new LaunchException(
        LaunchReason.HUGE_PAGES_NOT_AVAILABLE,
        ram.slot(),
        "huge pages of " + ram.hugePageBytes() + " bytes are not offered: take 2 MiB or 1 GiB");
  }

  private static Fd openFile(Operation.OpenFile file) throws LaunchException {
    boolean write = file.access() == Operation.Access.READ_WRITE;
    try (Fd directory = Open.path(file.directory(), 0, OpenFlag.PATH, OpenFlag.DIRECTORY)) {
      Fd fd =
          Open.at(
              directory,
              file.path(),
              IN_ROOT,
              // A FIFO in the image would keep an ordinary open waiting for ever.
              OpenFlag.NON_BLOCKING,
              write ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY);
      FileStat.Type type = FileStat.of(fd).type();
      if (type == FileStat.Type.REGULAR || type == FileStat.Type.BLOCK_DEVICE) {
        return fd;
      }
      fd.close();
      throw new LaunchException(
          reasonOf(file.slot()),
          file.slot(),
          where(file) + " is a " + type.name().toLowerCase(Locale.ROOT) + ", no file");
    } catch (LinuxException e) {
      boolean missing =
          e.isNoEntry() || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP) || e.is(Errno.EISDIR);
      throw new LaunchException(
          missing ? reasonOf(file.slot()) : LaunchReason.FILE_NOT_OPENED,
          file.slot(),
          (missing ? "there is no file " : "cannot open ") + where(file),
          e);
    }
  }

  private static LaunchReason reasonOf(int slot) {
    return switch (slot) {
      case Slots.KERNEL -> LaunchReason.KERNEL_NOT_FOUND;
      case Slots.INITRD -> LaunchReason.INITRD_NOT_FOUND;
      case Slots.FIRMWARE -> LaunchReason.FIRMWARE_NOT_FOUND;
      default -> Slots.isDisk(slot) ? LaunchReason.DISK_NOT_FOUND : LaunchReason.FILE_NOT_OPENED;
    };
  }

  private static String where(Operation.OpenFile file) {
    return file.path() + " in " + file.directory();
  }

  private static Fd dupTty(Operation.DupTty tty) throws LaunchException {
    Fd from = Fd.unowned(tty.from());
    try {
      if (!Tty.isTty(from)) {
        throw new LaunchException(
            LaunchReason.NO_TERMINAL,
            tty.slot(),
            "descriptor "
                + tty.from()
                + " is no terminal: the pod needs stdin: true and tty: true");
      }
      Tty.makeRaw(from);
      return from.dup();
    } catch (LinuxException e) {
      throw new LaunchException(
          LaunchReason.NO_TERMINAL, tty.slot(), "cannot take the pod's terminal", e);
    }
  }

  @Override
  public void close() {
    var all = new ArrayList<Fd>(slots.values());
    all.addAll(received.subList(Math.min(next, received.size()), received.size()));
    slots.clear();
    received.clear();
    Fd.closeAll(all);
  }
}
