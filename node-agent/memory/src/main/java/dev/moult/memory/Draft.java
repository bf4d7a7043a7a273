package dev.moult.memory;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.file.Resolve;
import java.util.EnumSet;
import java.util.Set;

/**
 * A file that is being made, under a temporary name until it is whole. What a crash left under that
 * name is removed by the next one; what another makes now is left alone.
 */
final class Draft implements AutoCloseable {
  private static final String PARTIAL = ".partial";
  private static final int MODE = 0600;
  private static final Set<Resolve> INSIDE =
      Set.copyOf(EnumSet.of(Resolve.BENEATH, Resolve.NO_SYMLINKS));

  private final VolumeFile place;
  private final Fd parent;
  private final Fd file;
  private boolean named;

  private Draft(VolumeFile place, Fd parent, Fd file) {
    this.place = place;
    this.parent = parent;
    this.file = file;
  }

  /**
   * Begins a file.
   *
   * @throws StateRefused STATE_IN_USE when somebody else makes it now; NO_SPACE, FILE_NOT_WRITABLE
   */
  static Draft begin(VolumeFile place) throws StateRefused {
    Fd parent = place.parent();
    try {
      removeLeftover(place, parent);
      Fd file =
          Open.at(
              parent,
              place.name() + PARTIAL,
              INSIDE,
              MODE,
              OpenFlag.READ_WRITE,
              OpenFlag.CREATE,
              OpenFlag.EXCLUSIVE);
      var draft = new Draft(place, parent, file);
      if (!FileControl.tryLockWhole(file)) {
        draft.named = true; // somebody took it for a leftover, in the moment between: it is his
        draft.close();
        throw inUse(place);
      }
      return draft;
    } catch (LinuxException e) {
      parent.close();
      throw Failures.notWritten(place.toString(), e);
    } catch (StateRefused e) {
      parent.close();
      throw e;
    }
  }

  private static void removeLeftover(VolumeFile place, Fd parent)
      throws LinuxException, StateRefused {
    try (Fd left =
        Open.at(
            parent, place.name() + PARTIAL, INSIDE, OpenFlag.READ_WRITE, OpenFlag.NON_BLOCKING)) {
      if (!FileControl.tryLockWhole(left)) {
        throw inUse(place);
      }
      FileControl.unlinkIfThere(parent, place.name() + PARTIAL);
    } catch (LinuxException e) {
      if (!e.isNoEntry()) {
        throw e;
      }
    }
  }

  private static StateRefused inUse(VolumeFile place) {
    return new StateRefused(
        MemoryReason.STATE_IN_USE, place + " is being written by somebody else");
  }

  /** The file, borrowed. */
  Fd file() {
    return file;
  }

  /** All of it to the disk. */
  void sync() throws StateRefused {
    try {
      FileControl.sync(file);
    } catch (LinuxException e) {
      throw Failures.notWritten(place.toString(), e);
    }
  }

  /** Gives it its name, for good. It was synced. */
  void publish() throws StateRefused {
    try {
      FileControl.rename(parent, place.name() + PARTIAL, place.name());
      named = true;
      FileControl.sync(parent);
    } catch (LinuxException e) {
      throw Failures.notWritten(place.toString(), e);
    }
  }

  /** Removes it, unless it has its name. */
  @Override
  public void close() {
    try {
      if (!named) {
        FileControl.unlinkIfThere(parent, place.name() + PARTIAL);
      }
    } catch (LinuxException e) {
      // The next try removes it.
    } finally {
      file.close();
      if (parent.isOpen()) {
        parent.close();
      }
    }
  }
}
