package dev.moult.qemu.qmp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** What a line of QEMU's monitor says. */
sealed interface QmpMessage {

  /** Most bytes of an event's line. QEMU's own have under 1,000. */
  int MAX_EVENT = 4096;

  /** Longest name of an event; QEMU's longest has 31 letters. */
  int MAX_NAME = 64;

  /** The first line of a connection. */
  record Greeting(JsonNode line) implements QmpMessage {}

  /**
   * An answer to a command.
   *
   * @param id the command's; -1 when it names none
   * @param line with {@code return} or {@code error}
   */
  record Answer(long id, JsonNode line) implements QmpMessage {}

  /**
   * An event.
   *
   * @param name QEMU's
   * @param micros QEMU's time stamp, microseconds since the epoch
   * @param data an object; empty when it has none
   */
  record Event(String name, long micros, JsonNode data) implements QmpMessage {}

  /**
   * Reads a line.
   *
   * @param bytes of the line
   * @throws QmpException.Protocol when it is none of these, or an event larger than QEMU's
   */
  static QmpMessage of(JsonNode line, int bytes) throws QmpException.Protocol {
    if (line.has("event")) {
      String name = line.path("event").asText();
      // A name of our own making would end every wait for events.
      if (bytes > MAX_EVENT || name.length() > MAX_NAME || name.equals(QmpEvent.CLOSED)) {
        throw new QmpException.Protocol("QEMU sent an event that is none of QEMU's");
      }
      JsonNode stamp = line.path("timestamp");
      long micros =
          stamp.path("seconds").asLong() * 1_000_000 + stamp.path("microseconds").asLong();
      JsonNode data = line.path("data");
      return new Event(
          name, micros, data.isObject() ? data : JsonNodeFactory.instance.objectNode());
    }
    if (line.has("QMP")) {
      return new Greeting(line);
    }
    if (line.has("return") || line.has("error")) {
      return new Answer(line.path("id").asLong(-1), line);
    }
    throw new QmpException.Protocol("QEMU sent neither answer nor event");
  }
}
