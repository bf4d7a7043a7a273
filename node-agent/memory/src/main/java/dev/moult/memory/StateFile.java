package dev.moult.memory;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A state on its file: 4096 bytes of header, then what QEMU saved, then the description of the
 * frozen machine, then the sums of the RAM, if that is on a file too. All descriptors are borrowed;
 * what the file says is believed of nobody.
 *
 * <p>Steps are marks, one sector each, that are added and never taken away: none can go back, and
 * one that is torn by a power cut is refused, not passed over.
 */
public final class StateFile {
  /** Where QEMU's bytes begin. */
  public static final int HEADER_BYTES = 4096;

  private static final int SECTOR = 512;
  private static final int CHUNK = 1 << 20;

  private static final long MARK_MAGIC = 0x4d4f_554c_544d_524bL; // MOULTMRK
  private static final int MARK_BYTES = 8 + 4 + 64 + 4 + 4;

  private StateFile() {}

  /**
   * A header that was read.
   *
   * @param header what the state is
   * @param step how far it was used
   * @param by who took it so far; empty for SAVED
   */
  public record Seen(StateHeader header, Step step, String by) {}

  /**
   * Makes a state of what QEMU has written behind the header's place, to the end of the file: adds
   * the description of the machine and the header, step SAVED, and all of it is on the disk.
   *
   * @param machine how the machine is described; whoever resumes reads it by {@link #machine}
   */
  public static StateHeader seal(
      Fd file,
      String vmUid,
      String runId,
      long generation,
      byte[] machine,
      String qemuVersion,
      long ramBytes,
      long pageBytes)
      throws IOException {
    long stateBytes = FileStat.of(file).size() - HEADER_BYTES;
    var header =
        new StateHeader(
            vmUid,
            runId,
            generation,
            digest(file, stateBytes),
            stateBytes,
            HexFormat.of().formatHex(sha256().digest(machine)),
            machine.length,
            qemuVersion,
            ramBytes,
            pageBytes,
            StateHeader.Sums.NONE);
    FileIo.writeAt(file, HEADER_BYTES + stateBytes, machine);
    write(file, header);
    return header;
  }

  /**
   * The description of the machine.
   *
   * @return empty when the file has none
   * @throws StateRefused STATE_DAMAGED
   */
  public static byte[] machine(Fd file, StateHeader header) throws IOException {
    int length = Math.toIntExact(header.machineBytes());
    byte[] machine = FileIo.readAt(file, HEADER_BYTES + header.stateBytes(), length);
    if (length > 0
        && !HexFormat.of().formatHex(sha256().digest(machine)).equals(header.machineSha256())) {
      throw StateHeader.damaged("the description of its machine is not what was saved");
    }
    return machine;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** SHA-256 of what lies behind the header's place, in hexadecimal digits. */
  public static String digest(Fd file, long stateBytes) throws IOException {
    MessageDigest digest = sha256();
    long at = HEADER_BYTES;
    long end = HEADER_BYTES + stateBytes;
    while (at < end) {
      byte[] chunk = FileIo.readAt(file, at, (int) Math.min(CHUNK, end - at));
      if (chunk.length == 0) {
        throw StateHeader.damaged("it ends after " + at + " of " + end + " bytes");
      }
      digest.update(chunk);
      at += chunk.length;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Puts a header before a state, step SAVED, and all of it on the disk. */
  public static void write(Fd file, StateHeader header) throws LinuxException {
    FileControl.sync(file); // the header says of the rest that it is whole
    FileIo.writeAt(file, 0, Arrays.copyOf(header.encode(), HEADER_BYTES));
    FileControl.sync(file);
  }

  /**
   * Reads the header and looks at the file's size, not at the state itself.
   *
   * @throws StateRefused STATE_DAMAGED, STATE_VERSION_UNKNOWN
   */
  public static Seen read(Fd file) throws IOException {
    byte[] bytes = FileIo.readAt(file, 0, HEADER_BYTES);
    if (bytes.length < HEADER_BYTES) {
      throw StateHeader.damaged("it has no more than " + bytes.length + " bytes");
    }
    StateHeader header = StateHeader.decode(bytes);
    long size = FileStat.of(file).size();
    long wanted = sumsAt(header) + (long) header.sums().blocks() * Integer.BYTES;
    if (size != wanted) {
      throw StateHeader.damaged("it has " + size + " bytes instead of " + wanted);
    }
    return seen(header, bytes);
  }

  /**
   * Compares the state, and the description of its machine, with their digests.
   *
   * @throws StateRefused STATE_DAMAGED
   */
  public static void verify(Fd file, StateHeader header) throws IOException {
    if (!digest(file, header.stateBytes()).equals(header.stateSha256())) {
      throw StateHeader.damaged("its bytes are not those that were saved");
    }
    byte[] proved = machine(file, header);
  }

  /**
   * The same as {@link #read} and {@link #verify}, of a state from which no guest has run.
   *
   * @throws StateRefused STATE_USED besides
   */
  public static Seen readUnused(Fd file) throws IOException {
    Seen seen = read(file);
    requireUnused(seen);
    verify(file, seen.header);
    return seen;
  }

  /**
   * Refuses a state that may have been used.
   *
   * @throws StateRefused STATE_USED
   */
  public static void requireUnused(Seen seen) throws StateRefused {
    if (seen.step == Step.CONSUMED) {
      throw used(seen.by);
    }
  }

  /**
   * Takes a state one step on, on the disk when this returns. To be repeated by whoever took it:
   * that changes nothing.
   *
   * @param step LOADED or CONSUMED
   * @param by who takes it: a run, or another word of at most 64 characters that is given once
   * @throws StateRefused STATE_USED when somebody else, or the step asked for, would go back
   */
  public static Seen advance(Fd file, Step step, String by) throws IOException {
    StateHeader.requireWord("by", by);
    if (step == Step.SAVED) {
      throw new IllegalArgumentException("no step leads to SAVED");
    }
    Seen seen = read(file);
    if (seen.step == Step.CONSUMED && !(step == Step.CONSUMED && seen.by.equals(by))) {
      throw used(seen.by);
    }
    FileIo.writeAt(file, markAt(step), mark(seen.header, step, by));
    FileControl.sync(file);
    return new Seen(seen.header, step, by);
  }

  /** Where the sums of the RAM begin. */
  static long sumsAt(StateHeader header) {
    return HEADER_BYTES + header.stateBytes() + header.machineBytes();
  }

  /**
   * The sums of the RAM.
   *
   * @throws StateRefused STATE_DAMAGED
   */
  static RamSums sums(Fd file, StateHeader header) throws IOException {
    int length = header.sums().blocks() * Integer.BYTES;
    byte[] bytes = FileIo.readAt(file, sumsAt(header), length);
    if (bytes.length != length || StateHeader.checksum(bytes, length) != header.sums().checksum()) {
      throw StateHeader.damaged("the sums of its RAM have a flaw");
    }
    return RamSums.decode(bytes);
  }

  private static StateRefused used(String by) {
    return new StateRefused(
        MemoryReason.STATE_USED,
        "a guest has run from this state already (" + by + "): it is used up");
  }

  private static int markAt(Step step) {
    return step.number() * SECTOR;
  }

  private static byte[] mark(StateHeader header, Step step, String by) {
    var out = ByteBuffer.allocate(SECTOR);
    out.putLong(MARK_MAGIC).putInt(step.number());
    StateHeader.word(out, by);
    out.putInt(checksumOf(header));
    out.putInt(StateHeader.checksum(out.array(), MARK_BYTES - Integer.BYTES));
    return out.array();
  }

  private static int checksumOf(StateHeader header) {
    return StateHeader.checksum(header.encode(), StateHeader.BYTES);
  }

  private static Seen seen(StateHeader header, byte[] bytes) throws StateRefused {
    int end = markAt(Step.CONSUMED) + SECTOR;
    for (int i = end; i < HEADER_BYTES; i++) {
      if (bytes[i] != 0) {
        throw StateHeader.damaged("its header has a flaw at byte " + i);
      }
    }
    for (Step step : new Step[] {Step.CONSUMED, Step.LOADED}) {
      byte[] mark = Arrays.copyOfRange(bytes, markAt(step), markAt(step) + SECTOR);
      if (!Arrays.equals(mark, new byte[SECTOR])) {
        return new Seen(header, step, marked(header, step, mark));
      }
    }
    return new Seen(header, Step.SAVED, "");
  }

  /** By whom; whatever is neither a mark nor empty may have been one. */
  private static String marked(StateHeader header, Step step, byte[] mark) throws StateRefused {
    String by = StateHeader.word(ByteBuffer.wrap(mark, 8 + 4, 64).slice());
    try {
      StateHeader.requireWord("by", by);
    } catch (IllegalArgumentException e) {
      throw StateHeader.damaged("its mark of " + step + " has a flaw");
    }
    if (!Arrays.equals(mark, mark(header, step, by))) {
      throw StateHeader.damaged("its mark of " + step + " has a flaw");
    }
    return by;
  }
}
