package dev.moult.agent.broker;

import dev.moult.wire.RefusalReason;
import java.io.Serial;

/** Why the broker did not do what was asked. */
public abstract sealed class BrokerException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private BrokerException(String message) {
    super(message);
  }

  /** It said no; nothing was changed by trying. */
  public static final class Refused extends BrokerException {
    @Serial private static final long serialVersionUID = 1L;
    private final RefusalReason reason;

    /** With the broker's own reason and sentence. */
    public Refused(RefusalReason reason, String message) {
      super(message);
      this.reason = reason;
    }

    /** The broker's reason. */
    public RefusalReason reason() {
      return reason;
    }
  }

  /** It could not be reached in time, or its answer was lost. Whether it acted is not known. */
  public static final class Lost extends BrokerException {
    @Serial private static final long serialVersionUID = 1L;

    /** With a sentence of ours. */
    public Lost(String message) {
      super(message);
    }
  }
}
