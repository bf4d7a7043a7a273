package dev.moult.qemu.qmp;

import dev.moult.qemu.PeerText;
import java.io.IOException;

/** What can go wrong on a QMP connection. The subtypes say whether QEMU answered at all. */
public sealed class QmpException extends IOException
    permits QmpException.Refused,
        QmpException.TimedOut,
        QmpException.Closed,
        QmpException.Protocol {

  private QmpException(String message) {
    super(message);
  }

  /** QEMU answered a command with an error. */
  public static final class Refused extends QmpException {
    private final String command;
    private final String errorClass;
    private final String description;

    /**
     * Makes an error answer.
     *
     * @param command the command that was refused
     * @param errorClass QEMU's class, such as {@code GenericError} or {@code CommandNotFound}
     * @param description QEMU's text for people
     */
    public Refused(String command, String errorClass, String description) {
      super(command + ": " + PeerText.clean(description));
      this.command = command;
      this.errorClass = PeerText.clean(errorClass);
      this.description = PeerText.clean(description);
    }

    /** The command that was refused. */
    public String command() {
      return command;
    }

    /** QEMU's error class, such as {@code GenericError}. */
    public String errorClass() {
      return errorClass;
    }

    /** QEMU's text for people, cleaned. */
    public String description() {
      return description;
    }
  }

  /** No answer or event came in time. Whether QEMU acted is not known. */
  public static final class TimedOut extends QmpException {
    TimedOut(String message) {
      super(message);
    }
  }

  /** The connection is gone: QEMU exited or closed it, or we did. */
  public static final class Closed extends QmpException {
    Closed(String message) {
      super(message);
    }
  }

  /** The peer broke the protocol or a limit; the connection has been closed. */
  public static final class Protocol extends QmpException {
    Protocol(String message) {
      super(message);
    }
  }
}
