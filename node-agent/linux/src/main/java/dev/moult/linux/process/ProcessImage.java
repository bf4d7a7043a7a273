package dev.moult.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The program a launcher becomes, with the descriptors at the numbers it expects.
 *
 * @param path absolute path of the executable
 * @param arguments argv, its own name first
 * @param environment the whole environment
 * @param descriptors number in the new program → descriptor now (borrowed); every number from 3 on
 *     that is not named here is closed there, 0 to 2 stay as they are unless named
 * @param blockedSignals exactly these are blocked in the new program, whatever the JVM had blocked
 */
public record ProcessImage(
    String path,
    List<String> arguments,
    Map<String, String> environment,
    Map<Integer, Fd> descriptors,
    Set<Signal> blockedSignals) {

  /** Exit status when the last step failed. */
  public static final int FAILED = 127;

  /** Copies what it is given. */
  public ProcessImage {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
    descriptors = Map.copyOf(descriptors);
    blockedSignals = Set.copyOf(blockedSignals);
  }

  /** Sets the mask of mode bits that new files do not get; returns the one before. */
  public static int umask(int mask) {
    return ImageNative.umask(mask);
  }

  /**
   * Becomes the program; does not return.
   *
   * <p>Numbers the JVM itself uses may be taken over: from that moment no class can be loaded, so
   * everything is prepared in native memory first, and a failure after it ends the process with
   * {@value #FAILED} and a sentence on stderr. Call it from the thread that is to be the new
   * program (execve ends all others), as the last thing.
   *
   * @throws LinuxException when it failed before anything was touched (no descriptor free, a bad
   *     number): the JVM is whole then
   */
  public void become() throws LinuxException {
    try (NativeStrings argv = NativeStrings.of(arguments);
        NativeStrings envp = NativeStrings.of(entries(environment));
        NativeStrings names = NativeStrings.of(List.of(path));
        Memory mask = signalSet(blockedSignals);
        NativeStrings failure =
            NativeStrings.of(List.of("moult: cannot execute " + path + ": errno   0\n"))) {
      Moves moves = Moves.prepare(descriptors);
      Pointer file = names.get(0);
      Pointer message = failure.get(0);
      int messageLength = failure.length(0);
      loadErrorPath();
      // From here on: no allocation that could load a class, no lambda, no string.
      int error = last(moves, mask, file, argv.vector(), envp.vector());
      // NATIVE: the three digits before the newline.
      message.setByte(messageLength - 2L, (byte) ('0' + error % 10));
      message.setByte(messageLength - 3L, (byte) ('0' + error / 10 % 10));
      message.setByte(messageLength - 4L, (byte) ('0' + error / 100 % 10));
      writeAndExit(message, messageLength);
    }
  }

  private static int last(Moves moves, Pointer mask, Pointer file, Pointer argv, Pointer envp) {
    try {
      // NATIVE: everything close-on-exec first, then dup2, whose copies are not.
      ImageNative.syscall(
          ProcessAbi.SYS_CLOSE_RANGE, 3, 0xffff_ffffL, ProcessAbi.CLOSE_RANGE_CLOEXEC);
      moves.place();
      ImageNative.pthread_sigmask(ProcessAbi.SIG_SETMASK, mask, null);
      return ImageNative.execve(file, argv, envp);
    } catch (LastErrorException e) {
      return e.getErrorCode();
    }
  }

  /** Fails a call on purpose: the classes of an error are loaded then, while that is possible. */
  private static void loadErrorPath() {
    try {
      ImageNative.dup2(-1, -1);
    } catch (LastErrorException e) {
      assert e.getErrorCode() == Errno.EBADF.number();
    }
  }

  private static void writeAndExit(Pointer message, int length) {
    try {
      ImageNative.write(2, message, length);
    } catch (LastErrorException e) {
      // Nobody to tell: the exit status says it.
    }
    ImageNative._exit(FAILED);
  }

  private static List<String> entries(Map<String, String> environment) {
    List<String> entries = new ArrayList<>();
    new TreeMap<>(environment).forEach((name, value) -> entries.add(name + "=" + value));
    return entries;
  }

  static Memory signalSet(Set<Signal> signals) {
    Memory set = new Memory(ProcessAbi.SIGSET_SIZE);
    set.clear();
    long bits = 0;
    for (Signal signal : signals) {
      bits |= 1L << (signal.number - 1);
    }
    set.setLong(0, bits);
    return set;
  }

  /** Where descriptors go: sources out of the way of every target, then each to its place. */
  private static final class Moves {
    private final int[] from;
    private final int[] to;

    private Moves(int[] from, int[] to) {
      this.from = from;
      this.to = to;
    }

    static Moves prepare(Map<Integer, Fd> descriptors) throws LinuxException {
      int[] from = new int[descriptors.size()];
      int[] to = new int[descriptors.size()];
      int highest = 2;
      for (int target : descriptors.keySet()) {
        if (target < 0) {
          throw LinuxException.of("dup2", Errno.EBADF, "no descriptor number: " + target);
        }
        highest = Math.max(highest, target);
      }
      int i = 0;
      for (Map.Entry<Integer, Fd> move : new TreeMap<>(descriptors).entrySet()) {
        // Close-on-exec copies above all targets: execve, or the end of the process, closes them.
        from[i] = move.getValue().dupAtLeast(highest + 1).release();
        to[i++] = move.getKey();
      }
      return new Moves(from, to);
    }

    void place() throws LastErrorException {
      for (int i = 0; i < from.length; i++) {
        ImageNative.dup2(from[i], to[i]);
      }
    }
  }
}
