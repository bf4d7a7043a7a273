package dev.moult.wire;

/** Why the broker did not do what it was asked. */
public enum RefusalReason {
  /** No Expect was said for this pod. */
  UNKNOWN_POD,
  /** The pod's launcher has not dialled, or its connection has ended. */
  NOT_DIALLED,
  /** The pod's process is dead. */
  GONE,
  /** The request contradicts itself or what went before. */
  BAD_REQUEST,
  /** A descriptor is not what it must be. */
  DESCRIPTOR_REFUSED,
  /** The node lacks a device that was asked for. */
  NO_DEVICE,
  /** The network could not be made. */
  NETWORK_FAILED,
  /** What was waited for did not come. */
  TIMED_OUT,
  /** Anything else; the message says what. */
  FAILED;

  static RefusalReason of(String name) {
    for (RefusalReason reason : values()) {
      if (reason.name().equals(name)) {
        return reason;
      }
    }
    return FAILED;
  }
}
