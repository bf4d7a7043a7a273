package dev.moult.qemu.qmp;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One event of a QEMU, in the order QEMU sent it.
 *
 * @param sequence place in this connection's events, from 0
 * @param name QEMU's name such as {@code STOP}, or {@link #CLOSED}
 * @param timestampMicros QEMU's own time stamp, microseconds since the epoch; for {@link #CLOSED}
 *     the time at which the end was seen
 * @param data the event's data; an empty object when it has none
 */
public record QmpEvent(long sequence, String name, long timestampMicros, JsonNode data) {

  /** The last event of every connection, made by the client; no event of QEMU's has this name. */
  public static final String CLOSED = "(closed)";

  /** Whether this is the end of the connection. */
  public boolean isClosed() {
    return name.equals(CLOSED);
  }

  /** Whether this event has the given name. */
  public boolean is(String wanted) {
    return name.equals(wanted);
  }

  /** Whether this is {@code MIGRATION} with the given status, such as {@code completed}. */
  public boolean isMigration(String status) {
    return is("MIGRATION") && data.path("status").asText().equals(status);
  }
}
