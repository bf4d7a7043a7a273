package dev.moult.memory;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * What the state of a suspended guest is, as its file says in its first bytes; {@link StateFile}
 * reads and writes it. Fixed layout, big-endian, with a checksum of its own.
 *
 * @param vmUid the VirtualMachine
 * @param runId the run that was suspended
 * @param generation counts the suspends of the VM: a backup that is brought back has an older one
 * @param stateSha256 of the state's bytes, 64 hexadecimal digits
 * @param stateBytes length of the state
 * @param machineSha256 of the description of the frozen machine, 64 hexadecimal digits
 * @param machineBytes length of that description, which follows the state; 0 if it does not
 * @param qemuVersion of the QEMU that saved it
 * @param ramBytes size of the guest's RAM
 * @param pageBytes size of the pages that backed it
 * @param sums how the checksums of the RAM's blocks follow the state; {@link Sums#NONE} if they do
 *     not
 */
public record StateHeader(
    String vmUid,
    String runId,
    long generation,
    String stateSha256,
    long stateBytes,
    String machineSha256,
    long machineBytes,
    String qemuVersion,
    long ramBytes,
    long pageBytes,
    Sums sums) {
  /** Bytes of it on the file, checksum included: one sector, written whole or not at all. */
  static final int BYTES = 512;

  /** The most bytes of a state that anybody reads. */
  public static final long MOST_STATE_BYTES = 256L << 20;

  /** The most bytes of a machine's description. */
  public static final long MOST_MACHINE_BYTES = 4L << 20;

  private static final long MAGIC = 0x4d4f_554c_5453_5441L; // MOULTSTA
  private static final int VERSION = 1;
  private static final int WORD = 64;
  private static final int SHA256 = 32;
  private static final int CHECKSUM_AT = BYTES - Integer.BYTES;

  /**
   * The checksums of the RAM: CRC32C of each block, in order, behind the state.
   *
   * @param blockBytes bytes of a block; 0 without sums
   * @param blocks how many; the last may be shorter
   * @param checksum CRC32C of the sums themselves
   */
  public record Sums(int blockBytes, int blocks, int checksum) {
    /** The RAM is not on a file. */
    public static final Sums NONE = new Sums(0, 0, 0);
  }

  /** Checks what could not be written. */
  public StateHeader {
    requireWord("vmUid", vmUid);
    requireWord("runId", runId);
    requireWord("qemuVersion", qemuVersion);
    requireDigest("stateSha256", stateSha256);
    requireDigest("machineSha256", machineSha256);
    if (generation < 0 || stateBytes < 1 || stateBytes > MOST_STATE_BYTES) {
      throw new IllegalArgumentException(
          "generation " + generation + ", a state of " + stateBytes + " bytes");
    }
    if (machineBytes < 0 || machineBytes > MOST_MACHINE_BYTES) {
      throw new IllegalArgumentException("a machine of " + machineBytes + " bytes");
    }
    if (ramBytes < 1 || pageBytes < 1 || ramBytes % pageBytes != 0) {
      throw new IllegalArgumentException(
          ramBytes + " bytes of RAM in pages of " + pageBytes + " bytes");
    }
    if (!sums.equals(Sums.NONE) && !RamSums.fits(sums, ramBytes)) {
      throw new IllegalArgumentException(sums + " for " + ramBytes + " bytes of RAM");
    }
  }

  /** Without description of the machine, and with no RAM on a file. */
  public StateHeader(
      String vmUid,
      String runId,
      long generation,
      String stateSha256,
      long stateBytes,
      String machineSha256,
      String qemuVersion,
      long ramBytes,
      long pageBytes) {
    this(
        vmUid,
        runId,
        generation,
        stateSha256,
        stateBytes,
        machineSha256,
        0,
        qemuVersion,
        ramBytes,
        pageBytes,
        Sums.NONE);
  }

  /** The same with the sums of its RAM. */
  public StateHeader with(Sums ramSums) {
    return new StateHeader(
        vmUid,
        runId,
        generation,
        stateSha256,
        stateBytes,
        machineSha256,
        machineBytes,
        qemuVersion,
        ramBytes,
        pageBytes,
        ramSums);
  }

  /**
   * Refuses what belongs to somebody else.
   *
   * @throws StateRefused STATE_FOREIGN, RAM_SIZE_MISMATCH
   */
  public void requireOf(String vm, String machine, long ram) throws StateRefused {
    requireOf(vm);
    if (!machineSha256.equals(machine)) {
      throw new StateRefused(
          MemoryReason.STATE_FOREIGN, "the state is of another machine: " + machineSha256);
    }
    if (ramBytes != ram) {
      throw new StateRefused(
          MemoryReason.RAM_SIZE_MISMATCH,
          "the state is of a guest with "
              + ramBytes
              + " bytes of RAM, memory.size is "
              + ram
              + " bytes");
    }
  }

  /**
   * Refuses another VM's.
   *
   * @throws StateRefused STATE_FOREIGN
   */
  public void requireOf(String vm) throws StateRefused {
    if (!vmUid.equals(vm)) {
      throw new StateRefused(
          MemoryReason.STATE_FOREIGN, "the state is of another VirtualMachine: " + vmUid);
    }
  }

  byte[] encode() {
    var out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putInt(VERSION);
    word(out, vmUid);
    word(out, runId);
    out.putLong(generation).put(HexFormat.of().parseHex(stateSha256)).putLong(stateBytes);
    out.put(HexFormat.of().parseHex(machineSha256)).putLong(machineBytes);
    word(out, qemuVersion);
    out.putLong(ramBytes).putLong(pageBytes);
    out.putInt(sums.blockBytes).putInt(sums.blocks).putInt(sums.checksum);
    out.putInt(CHECKSUM_AT, checksum(out.array(), CHECKSUM_AT));
    return out.array();
  }

  static StateHeader decode(byte[] bytes) throws StateRefused {
    var in = ByteBuffer.wrap(bytes);
    if (bytes.length < BYTES || in.getLong() != MAGIC) {
      throw damaged("it does not begin as one");
    }
    if (in.getInt(CHECKSUM_AT) != checksum(bytes, CHECKSUM_AT)) {
      throw damaged("its header has a flaw");
    }
    int version = in.getInt();
    if (version != VERSION) {
      throw new StateRefused(
          MemoryReason.STATE_VERSION_UNKNOWN, "the state's header is of version " + version);
    }
    try {
      return new StateHeader(
          word(in),
          word(in),
          in.getLong(),
          digest(in),
          in.getLong(),
          digest(in),
          in.getLong(),
          word(in),
          in.getLong(),
          in.getLong(),
          new Sums(in.getInt(), in.getInt(), in.getInt()));
    } catch (IllegalArgumentException e) {
      throw damaged("its header contradicts itself: " + e.getMessage());
    }
  }

  static StateRefused damaged(String how) {
    return new StateRefused(MemoryReason.STATE_DAMAGED, "this is no whole state: " + how);
  }

  static int checksum(byte[] bytes, int length) {
    var sum = new CRC32C();
    sum.update(bytes, 0, length);
    return (int) sum.getValue();
  }

  static void word(ByteBuffer out, String word) {
    byte[] bytes = new byte[WORD];
    byte[] text = word.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, bytes, 0, text.length);
    out.put(bytes);
  }

  static String word(ByteBuffer in) {
    byte[] bytes = new byte[WORD];
    in.get(bytes);
    int length = 0;
    while (length < WORD && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.US_ASCII);
  }

  private static String digest(ByteBuffer in) {
    byte[] bytes = new byte[SHA256];
    in.get(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void requireDigest(String what, String digest) {
    if (!digest.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(what + " is no SHA-256 in hexadecimal digits");
    }
  }

  static void requireWord(String what, String word) {
    if (word.isEmpty() || word.length() > WORD || !word.chars().allMatch(c -> c > 32 && c < 127)) {
      throw new IllegalArgumentException(what + " is not 1 to " + WORD + " printable characters");
    }
  }
}
