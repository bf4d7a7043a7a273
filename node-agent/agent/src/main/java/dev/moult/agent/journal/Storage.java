package dev.moult.agent.journal;

import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.FrozenDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a run's anchor was told to open for disks and firmware, and what it found. It is kept from
 * before the anchor's plan, so that each QEMU of the run, and an anchor that starts again, gets the
 * same.
 *
 * @param firmware what the guest boots by
 * @param disks the guest's disks; what the launcher finds out about their images is filled in later
 * @param files what is parked for them
 */
public record Storage(Firmware firmware, List<FrozenDisk> disks, List<Parked> files) {

  /** Refuses what is not whole: text from a file may lack anything. */
  public Storage {
    Objects.requireNonNull(firmware);
    disks = List.copyOf(disks);
    files = List.copyOf(files);
  }

  /**
   * One file or device in the anchor.
   *
   * @param slot where it is parked
   * @param directory the directory that its path cannot leave
   * @param path its path there
   * @param write it is opened to write too
   * @param facts what it is; null before the anchor has opened it
   */
  public record Parked(
      int slot, String directory, String path, boolean write, @Nullable Facts facts) {}

  /**
   * What a parked file is, to know it again.
   *
   * @param device the number of its file system
   * @param inode its own
   * @param rdev the number of a device; 0 for a file
   */
  public record Facts(long device, long inode, long rdev) {}

  /** Storage of a guest that is given its kernel and has no disks. */
  public boolean isNothing() {
    return disks.isEmpty() && firmware == Firmware.BUNDLED;
  }

  /** What is parked at that slot. */
  public Optional<Parked> file(int slot) {
    return files.stream().filter(file -> file.slot() == slot).findFirst();
  }

  /** The same with what was found. */
  public Storage found(List<FrozenDisk> seenDisks, List<Parked> seenFiles) {
    return new Storage(firmware, new ArrayList<>(seenDisks), new ArrayList<>(seenFiles));
  }
}
