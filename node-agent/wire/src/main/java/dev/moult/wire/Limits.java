package dev.moult.wire;

/** The bounds that every peer of this protocol keeps to; none of them is negotiated. */
public final class Limits {
  /** Bytes of one packet. */
  public static final int MESSAGE_BYTES = 64 * 1024;

  /** Descriptors with one packet of a peer, who may be hostile. */
  public static final int DESCRIPTORS = 64;

  /**
   * Descriptors with a plan, which a launcher takes from the broker alone: 64 disks and what lies
   * beneath each, and a few more (the kernel's own bound, SCM_MAX_FD, is 253).
   */
  public static final int PLAN_DESCRIPTORS = 160;

  /** Slots that a launcher may tell of. */
  public static final int SLOTS = 256;

  /** Threads that the agent may ask about at once: vCPUs. */
  public static final int THREADS = 512;

  /** Bytes of the deflated probe, so that a Dialled event with it still fits a packet. */
  public static final int PROBE_BYTES = 60 * 1024;

  /** Characters of a sentence about an error: longer ones are cut. */
  public static final int SENTENCE = 1024;

  /** Characters of a version or another short word: longer ones are cut. */
  public static final int WORD = 64;

  /** Fields at one level of a message. */
  static final int FIELDS = 2048;

  /**
   * How long a digest of so many bytes may take: on one processor it is 162 ms for each GiB, and
   * others may have it too. No thread of the agent waits longer than a minute for anything.
   */
  public static long digestMillis(long bytes) {
    return Math.min(60_000, 2_000 + (bytes >> 20));
  }

  private Limits() {}
}
