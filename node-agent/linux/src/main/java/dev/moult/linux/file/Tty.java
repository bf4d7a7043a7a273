package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;

/** Terminals: the guest's console is the anchor's. */
public final class Tty {
  private Tty() {}

  /** A terminal's settings, to be put back as they were. */
  public static final class Settings {
    private final byte[] termios;

    private Settings(byte[] termios) {
      this.termios = termios;
    }
  }

  /** Whether the descriptor is a terminal. */
  public static boolean isTty(Fd fd) throws LinuxException {
    try {
      settings(fd);
      return true;
    } catch (LinuxException e) {
      if (e.is(Errno.ENOTTY) || e.is(Errno.EINVAL)) {
        return false;
      }
      throw e;
    }
  }

  /** Its settings as they are. */
  public static Settings settings(Fd fd) throws LinuxException {
    try (Memory termios = new Memory(FileAbi.TERMIOS_SIZE)) {
      TtyNative.tcgetattr(fd.number(), termios);
      return new Settings(termios.getByteArray(0, FileAbi.TERMIOS_SIZE));
    } catch (LastErrorException e) {
      throw LinuxException.from("tcgetattr", e);
    }
  }

  /** Puts settings back. */
  public static void restore(Fd fd, Settings settings) throws LinuxException {
    try (Memory termios = new Memory(FileAbi.TERMIOS_SIZE)) {
      termios.write(0, settings.termios, 0, FileAbi.TERMIOS_SIZE);
      set(fd, termios);
    }
  }

  /**
   * What every holder of the open file can change for all others.
   *
   * @param settings its modes
   * @param nonBlocking reads and writes do not wait
   */
  public record State(Settings settings, boolean nonBlocking) {}

  /** Its state, to be put back as it was. */
  public static State state(Fd fd) throws LinuxException {
    return new State(settings(fd), FileControl.isNonBlocking(fd));
  }

  /** Puts a state back: an ordinary terminal, its modes as they were, its output going on. */
  public static void restore(Fd fd, State state) throws LinuxException {
    try {
      int[] discipline = new int[1];
      TtyNative.ioctl(fd.number(), FileAbi.TIOCGETD, discipline);
      if (discipline[0] != FileAbi.N_TTY) {
        // NATIVE: waits up to 5 s for whoever reads or writes (tty_set_ldisc).
        TtyNative.ioctl(fd.number(), FileAbi.TIOCSETD, new int[] {FileAbi.N_TTY});
      }
      restore(fd, state.settings);
      TtyNative.tcflow(fd.number(), FileAbi.TCOON);
    } catch (LastErrorException e) {
      throw LinuxException.from("terminal", e);
    }
    FileControl.setNonBlocking(fd, state.nonBlocking);
  }

  /**
   * Makes it raw (no echo, no signals from keys, every byte passed as it is) and blocking.
   *
   * @return the settings before
   */
  public static Settings makeRaw(Fd fd) throws LinuxException {
    Settings before = settings(fd);
    try (Memory termios = new Memory(FileAbi.TERMIOS_SIZE)) {
      termios.write(0, before.termios, 0, FileAbi.TERMIOS_SIZE);
      TtyNative.cfmakeraw(termios);
      set(fd, termios);
    }
    FileControl.setNonBlocking(fd, false);
    return before;
  }

  private static void set(Fd fd, Memory termios) throws LinuxException {
    for (; ; ) {
      try {
        TtyNative.tcsetattr(fd.number(), FileAbi.TCSANOW, termios);
        return;
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted("tcsetattr", e);
      }
    }
  }
}
