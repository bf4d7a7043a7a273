package dev.moult.agent.journal;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A guest that is put aside, as a restarted agent must find it. A state is used up at the first
 * {@code cont}: {@link Step#CONSUMED} is in the journal before that.
 *
 * @param step how far it is
 * @param sinceMillis since when, milliseconds since the epoch
 * @param saved what was saved; null before it was
 * @param message why it went wrong, for people; null when it did not
 */
public record SuspendRecord(
    Step step, long sinceMillis, @Nullable Saved saved, @Nullable String message) {

  /** How far it is. */
  public enum Step {
    /** QEMU writes the state; its guest goes on unless it becomes {@link #SAVED}. */
    SAVING,
    /** It could not be saved, and the guest runs. */
    FAILED,
    /** The state is whole: its QEMU never runs the guest again. */
    SAVED,
    /** Another QEMU loads it; killed before {@link #CONSUMED}, it has used nothing up. */
    LOADING,
    /** The other QEMU alone has the guest from here on. */
    CONSUMED,
    /** The guest runs there. */
    OVER
  }

  /** Refuses what is not whole: text from a file may lack anything. */
  public SuspendRecord {
    Objects.requireNonNull(step);
    if (saved == null && step != Step.SAVING && step != Step.FAILED) {
      throw new IllegalArgumentException("nothing was saved, and it is " + step);
    }
  }

  /**
   * What was saved.
   *
   * @param atMillis when, milliseconds since the epoch
   * @param stopMicros from the guest's stop until it was
   * @param bytes of the file, QEMU's free beginning included
   * @param sha256 of the file, hexadecimal
   * @param qemuVersion that of the QEMU that saved it
   * @param argv its command line
   */
  public record Saved(
      long atMillis,
      long stopMicros,
      long bytes,
      String sha256,
      String qemuVersion,
      List<String> argv) {
    /** Copies the command line. */
    public Saved {
      Objects.requireNonNull(sha256);
      Objects.requireNonNull(qemuVersion);
      argv = List.copyOf(argv);
    }
  }

  /** One that begins. */
  public static SuspendRecord saving(long nowMillis) {
    return new SuspendRecord(Step.SAVING, nowMillis, null, null);
  }

  /** One that came to nothing. */
  public static SuspendRecord failed(long nowMillis, String message) {
    return new SuspendRecord(Step.FAILED, nowMillis, null, message);
  }

  /** The same, so far. */
  public SuspendRecord at(Step next, long nowMillis) {
    return new SuspendRecord(next, nowMillis, saved, null);
  }

  /** Whether a guest is being put aside, lies aside or is being taken up. */
  @JsonIgnore
  public boolean isOpen() {
    return step != Step.FAILED && step != Step.OVER;
  }

  /** Whether no QEMU has the guest: its state is in the journal, and whole. */
  @JsonIgnore
  public boolean isAside() {
    return step == Step.SAVED || step == Step.LOADING;
  }

  /** What was saved. */
  public Saved whatIsSaved() {
    return Objects.requireNonNull(saved);
  }
}
