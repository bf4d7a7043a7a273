package dev.moult.qemu.guestagent;

import dev.moult.qemu.PeerText;
import java.io.IOException;

/** What can go wrong between us and a guest agent. */
public sealed class GuestAgentException extends IOException
    permits GuestAgentException.Refused,
        GuestAgentException.Silent,
        GuestAgentException.Closed,
        GuestAgentException.Protocol {
  private static final long serialVersionUID = 1L;

  private GuestAgentException(String message) {
    super(message);
  }

  /** It answered a command with an error; the connection is as good as before. */
  public static final class Refused extends GuestAgentException {
    private static final long serialVersionUID = 1L;

    Refused(String command, String description) {
      super(command + ": " + PeerText.clean(description));
    }
  }

  /** No answer came in time: what comes later is not told from other answers without a resync. */
  public static final class Silent extends GuestAgentException {
    private static final long serialVersionUID = 1L;

    Silent(String message) {
      super(message);
    }
  }

  /** QEMU has hung up, or we have. */
  public static final class Closed extends GuestAgentException {
    private static final long serialVersionUID = 1L;

    Closed(String message) {
      super(message);
    }
  }

  /** It says what no guest agent says, or more than is listened to. */
  public static final class Protocol extends GuestAgentException {
    private static final long serialVersionUID = 1L;

    Protocol(String message) {
      super(message);
    }
  }
}
