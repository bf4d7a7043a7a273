package dev.moult.memory;

/** Why guest memory could not be saved or used. The words are part of the public API. */
public enum MemoryReason {
  /** The file of RAM, or what its header says of it, is not of the VM's size. */
  RAM_SIZE_MISMATCH("RamSizeMismatch"),
  /** A block of the RAM is not what was saved. */
  RAM_DAMAGED("RamDamaged"),
  /** It is no state, or not whole. */
  STATE_DAMAGED("StateDamaged"),
  /** It was written by a newer Moult. */
  STATE_VERSION_UNKNOWN("StateVersionUnknown"),
  /** It is the state of another VM, or of another machine. */
  STATE_FOREIGN("StateForeign"),
  /** A guest may have run from it already. */
  STATE_USED("StateUsed"),
  /** Somebody else loads from it, or saves to it, now. */
  STATE_IN_USE("StateInUse"),
  /** There is no such file. */
  FILE_NOT_FOUND("MemoryFileNotFound"),
  /** The file is there, and cannot be read. */
  FILE_NOT_READABLE("MemoryFileNotReadable"),
  /** The file cannot be made or written. */
  FILE_NOT_WRITABLE("MemoryFileNotWritable"),
  /** No room on the volume. */
  NO_SPACE("NoSpace"),
  /** It was asked to end. */
  CANCELLED("Cancelled"),
  /** Whoever did it went away. What was under way is to be asked for again. */
  INTERRUPTED("Interrupted"),
  /** Anything else; the message says what. */
  OTHER("MemoryFailed");

  private final String word;

  MemoryReason(String word) {
    this.word = word;
  }

  /** The reason as users see it on conditions, CamelCase. */
  public String word() {
    return word;
  }

  /** The reason of this word; one that a newer launcher made up is {@link #OTHER}. */
  public static MemoryReason of(String word) {
    for (MemoryReason reason : values()) {
      if (reason.word.equals(word)) {
        return reason;
      }
    }
    return OTHER;
  }
}
