package dev.moult.qemu.machine;

/**
 * The wish cannot be frozen into hardware: the reason is public, the message says what to write.
 */
public final class MachineRefusedException extends Exception {

  /** Why; the text form is a condition's reason. */
  public enum Reason {
    /** The image's QEMU has no such machine type. */
    MACHINE_TYPE_UNKNOWN("MachineTypeUnknown"),
    /** The image's QEMU has no such CPU model. */
    CPU_MODEL_UNKNOWN("CpuModelUnknown"),
    /** The model would change from one QEMU to the next. */
    CPU_NOT_FROZEN("CpuNotFrozen");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** The CamelCase reason of a condition. */
    public String text() {
      return text;
    }
  }

  private final Reason reason;

  MachineRefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
