package dev.moult.qemu.machine;

/** What QEMU does when the guest has not fed its watchdog in time: {@code -action watchdog=}. */
public enum Watchdog {
  /** It resets the guest. */
  RESET("reset"),
  /** It ends itself. */
  POWEROFF("poweroff"),
  /** It presses the guest's power button. */
  SHUTDOWN("shutdown"),
  /** It stops the guest; its run state is then {@code watchdog}. */
  PAUSE("pause"),
  /** It sends its event alone. */
  NONE("none");

  private final String word;

  Watchdog(String word) {
    this.word = word;
  }

  /** As QEMU calls it, on the command line and in the event. */
  public String word() {
    return word;
  }
}
