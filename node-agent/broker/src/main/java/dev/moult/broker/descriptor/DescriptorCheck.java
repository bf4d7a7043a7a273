package dev.moult.broker.descriptor;

import dev.moult.broker.Refusal;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.net.Tap;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.SlotFacts.Access;
import dev.moult.wire.SlotFacts.Kind;
import dev.moult.wire.Slots;

/** What must be true of a descriptor before it is used or handed on. */
public final class DescriptorCheck {
  /** F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW (linux/fcntl.h): its size is final. */
  private static final int FINAL_SIZE = 0x1 | 0x2 | 0x4;

  private DescriptorCheck() {}

  /**
   * Checks a descriptor taken out of a process against what was recorded of it when it was parked:
   * the same file, the same access, the same size and seals; for the slots we know also the kind. A
   * disk may have grown since.
   *
   * @param fd borrowed
   * @return what it is
   */
  public static SlotFacts check(Fd fd, SlotFacts recorded) throws Refusal {
    try {
      SlotFacts now = SlotFacts.of(recorded.slot(), fd);
      if (!now.isAs(Slots.isDisk(now.slot()) ? recorded.withSize(now.size()) : recorded)) {
        throw refused(recorded.slot(), "is " + now + ", but " + recorded + " was parked");
      }
      checkSlot(fd, now);
      return now;
    } catch (LinuxException e) {
      throw new Refusal(
          RefusalReason.DESCRIPTOR_REFUSED,
          "what lies at slot " + recorded.slot() + " cannot be looked at",
          e);
    }
  }

  private static void checkSlot(Fd fd, SlotFacts now) throws Refusal, LinuxException {
    switch (now.slot()) {
      case Slots.RAM -> checkRam(fd, now);
      case Slots.MEET -> checkMeetingPlace(fd, now);
      case Slots.TTY -> {
        require(now, now.kind() == Kind.CHARACTER_DEVICE, "is no terminal");
        require(now, now.access() == Access.READ_WRITE, "cannot be read and written");
      }
      case Slots.VARIABLES -> {
        require(now, now.kind() == Kind.FILE, "is no file");
        require(now, now.access() == Access.READ_WRITE, "cannot be read and written");
        requireStored(fd, now);
      }
      case Slots.KERNEL, Slots.INITRD, Slots.FIRMWARE -> {
        require(now, now.kind() == Kind.FILE, "is no file");
        require(now, now.access() == Access.READ, "is not read-only");
      }
      // An O_PATH descriptor is a name only: whoever opens it again gains access.
      default -> {
        require(now, now.access() != Access.PATH, "is an O_PATH descriptor");
        if (Slots.isDisk(now.slot())) {
          checkDisk(fd, now);
        } else if (Slots.isTap(now.slot())) {
          checkTap(fd, now);
        }
      }
    }
  }

  private static void checkDisk(Fd fd, SlotFacts now) throws Refusal, LinuxException {
    require(
        now, now.kind() == Kind.FILE || now.kind() == Kind.BLOCK_DEVICE, "is no file and no disk");
    require(now, now.access() != Access.WRITE, "cannot be read");
    if (now.kind() == Kind.FILE) {
      requireStored(fd, now);
    }
  }

  /** What the kernel's own file systems check, they check against whoever opened the file. */
  private static void requireStored(Fd fd, SlotFacts now) throws Refusal, LinuxException {
    require(now, !FileControl.isKernels(fd), "lies on a file system of the kernel's own");
  }

  private static void checkRam(Fd fd, SlotFacts now) throws Refusal, LinuxException {
    require(now, now.kind() == Kind.FILE, "is no file");
    require(now, now.access() == Access.READ_WRITE, "cannot be read and written");
    require(now, (now.seals() & FINAL_SIZE) == FINAL_SIZE, "is not sealed");
    long type = FileControl.fileSystemType(fd);
    require(now, type == FileControl.TMPFS || type == FileControl.HUGETLBFS, "is no memory file");
  }

  /** The one descriptor that is O_PATH by nature: the root of a mount that lies nowhere. */
  private static void checkMeetingPlace(Fd fd, SlotFacts now) throws Refusal, LinuxException {
    require(now, now.kind() == Kind.DIRECTORY, "is no directory");
    require(now, FileControl.fileSystemType(fd) == FileControl.TMPFS, "is no tmpfs");
  }

  private static void checkTap(Fd fd, SlotFacts now) throws Refusal, LinuxException {
    require(now, now.kind() == Kind.CHARACTER_DEVICE, "is no device");
    require(now, now.access() == Access.READ_WRITE, "cannot be read and written");
    Tap.adopt(fd).attachment(); // fails for any other device; the descriptor stays borrowed
  }

  private static void require(SlotFacts now, boolean fits, String problem) throws Refusal {
    if (!fits) {
      throw refused(now.slot(), problem);
    }
  }

  private static Refusal refused(int slot, String problem) {
    return new Refusal(
        RefusalReason.DESCRIPTOR_REFUSED, "what lies at slot " + slot + " " + problem);
  }
}
