package dev.moult.memory;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A state on a volume that is being resumed from. It is locked as long as this is open, so that no
 * two load it at once, on whichever nodes; the lock ends with the process.
 */
public final class StateHold implements AutoCloseable {
  private final VolumeFile place;
  private final Fd file;
  private final boolean shared;
  private final StateHeader header;

  private StateHold(VolumeFile place, Fd file, boolean shared, StateHeader header) {
    this.place = place;
    this.file = file;
    this.shared = shared;
    this.header = header;
  }

  /**
   * Takes a state.
   *
   * @param shared it is a template's: it may be loaded by many, takes no steps, and its file is not
   *     written
   * @throws StateRefused STATE_IN_USE, STATE_DAMAGED and what else speaks against the file
   */
  public static StateHold take(VolumeFile place, boolean shared) throws IOException {
    Fd file = shared ? place.read() : place.change();
    try {
      if (!shared && !lock(place, file)) {
        throw new StateRefused(
            MemoryReason.STATE_IN_USE, place + " is being resumed from by somebody else");
      }
      StateFile.Seen seen = StateFile.read(file);
      return new StateHold(place, file, shared, seen.header());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static boolean lock(VolumeFile place, Fd file) throws StateRefused {
    try {
      return FileControl.tryLockWhole(file);
    } catch (LinuxException e) {
      // Without locks two nodes could load it at once.
      throw Failures.notWritten(place.toString(), e);
    }
  }

  /** What it is, as it was when it was taken. */
  public StateHeader header() {
    return header;
  }

  /** Where it lies. */
  public VolumeFile place() {
    return place;
  }

  /**
   * Reads all of it, proves it whole, and copies it.
   *
   * @param target an empty file, which gets the same bytes at the same positions
   * @return how many
   * @throws StateRefused STATE_USED, STATE_DAMAGED
   */
  public long copyTo(Fd target) throws IOException {
    StateFile.readUnused(file);
    long size = ColdFiles.size(file);
    ColdFiles.copy(file, target, 0, size);
    return size;
  }

  /**
   * Takes it a step on, as {@link StateFile#advance}.
   *
   * @throws StateRefused STATE_USED; FILE_NOT_WRITABLE when it is a template's
   */
  public void advance(Step step, String by) throws IOException {
    if (shared) {
      throw new StateRefused(
          MemoryReason.FILE_NOT_WRITABLE, place + " is a template's state: it takes no steps");
    }
    try {
      StateFile.advance(file, step, by);
    } catch (LinuxException e) {
      throw Failures.notWritten(place.toString(), e);
    }
  }

  /** The sums of the RAM; null when it says none. */
  @Nullable RamSums sums() throws IOException {
    return header.sums().blocks() == 0 ? null : StateFile.sums(file, header);
  }

  /** Others may take it from now on. */
  @Override
  public void close() {
    file.close();
  }
}
