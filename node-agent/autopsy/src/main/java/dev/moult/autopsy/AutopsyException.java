package dev.moult.autopsy;

/** What could not be read of a guest's RAM, in words for its owner. */
public final class AutopsyException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** An exception of a kind, with a sentence that says what could not be read. */
  public AutopsyException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Why it could not be read. */
  public enum Kind {
    /** No Linux kernel's note is there: another system, or one that has not come so far. */
    NO_KERNEL,
    /** A kernel's note is there, but what it leads to cannot be read. */
    UNREADABLE,
    /** The RAM itself cannot be read, or is none that Moult makes. */
    NO_RAM
  }

  /** Why it could not be read. */
  public Kind kind() {
    return kind;
  }
}
