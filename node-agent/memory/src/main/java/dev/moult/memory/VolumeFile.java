package dev.moult.memory;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.file.Resolve;
import java.util.EnumSet;
import java.util.Set;

/**
 * The place of a file on a user's volume. Whoever else writes there may put anything in its way: no
 * link is followed, nothing outside the volume is reached, and only plain files are opened.
 *
 * @param directory absolute path of the volume
 * @param path the file's inside it
 */
public record VolumeFile(String directory, String path) {
  private static final Set<Resolve> INSIDE =
      Set.copyOf(EnumSet.of(Resolve.BENEATH, Resolve.NO_SYMLINKS));

  /** The file's own name. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The directory that has the file's name, for reading and changing names; the caller's. */
  Fd parent() throws StateRefused {
    int slash = path.lastIndexOf('/');
    String inside = slash < 0 ? "." : path.substring(0, slash);
    if (name().isEmpty() || name().equals(".") || name().equals("..")) {
      throw new StateRefused(MemoryReason.FILE_NOT_FOUND, path + " names no file");
    }
    try (Fd volume = Open.path(directory, 0, OpenFlag.PATH, OpenFlag.DIRECTORY)) {
      return Open.at(volume, inside, INSIDE, OpenFlag.READ_ONLY, OpenFlag.DIRECTORY);
    } catch (LinuxException e) {
      throw Failures.notRead(toString(), e);
    }
  }

  /**
   * Opens the file to read; the caller's.
   *
   * @throws StateRefused FILE_NOT_FOUND, FILE_NOT_READABLE
   */
  Fd read() throws StateRefused {
    try (Fd parent = parent()) {
      return plain(Open.at(parent, name(), INSIDE, OpenFlag.READ_ONLY, OpenFlag.NON_BLOCKING));
    } catch (LinuxException e) {
      throw Failures.notRead(toString(), e);
    }
  }

  /**
   * Opens the file to read and to write what is there already; the caller's.
   *
   * @throws StateRefused FILE_NOT_FOUND, FILE_NOT_READABLE, FILE_NOT_WRITABLE
   */
  Fd change() throws StateRefused {
    read().close(); // says what is wrong with reading, if that is what is wrong
    try (Fd parent = parent()) {
      return plain(Open.at(parent, name(), INSIDE, OpenFlag.READ_WRITE, OpenFlag.NON_BLOCKING));
    } catch (LinuxException e) {
      throw Failures.notWritten(toString(), e);
    }
  }

  /** Whether anything has that name. */
  boolean isThere() throws StateRefused {
    try (Fd parent = parent()) {
      FileStat.at(parent, name());
      return true;
    } catch (LinuxException e) {
      if (e.isNoEntry()) {
        return false;
      }
      throw Failures.notRead(toString(), e);
    }
  }

  /** Removes the file, if it is there, for good. */
  void remove() throws StateRefused {
    try (Fd parent = parent()) {
      if (FileControl.unlinkIfThere(parent, name())) {
        FileControl.sync(parent);
      }
    } catch (LinuxException e) {
      throw Failures.notWritten(toString(), e);
    }
  }

  private Fd plain(Fd file) throws LinuxException, StateRefused {
    // A FIFO or a device of the volume would make us wait, or worse.
    if (FileStat.of(file).type() == FileStat.Type.REGULAR) {
      return file;
    }
    file.close();
    throw new StateRefused(MemoryReason.FILE_NOT_READABLE, this + " is no plain file");
  }

  @Override
  public String toString() {
    return path;
  }
}
