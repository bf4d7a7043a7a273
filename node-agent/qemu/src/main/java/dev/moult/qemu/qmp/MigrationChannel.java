package dev.moult.qemu.qmp;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One channel of a migration, a unix socket by its path as QEMU sees it.
 *
 * @param kind main or cpr
 * @param path the socket, such as {@code /proc/self/fd/24/main.sock}
 */
public record MigrationChannel(Kind kind, String path) {

  /** What a channel carries. */
  public enum Kind {
    /** Device state, straight from A to B. */
    MAIN("main"),
    /** Descriptors and names, through the relay. */
    CPR("cpr");

    private final String qmpName;

    Kind(String qmpName) {
      this.qmpName = qmpName;
    }
  }

  /** The main channel at that path. */
  public static MigrationChannel main(String path) {
    return new MigrationChannel(Kind.MAIN, path);
  }

  /** The cpr channel at that path. */
  public static MigrationChannel cpr(String path) {
    return new MigrationChannel(Kind.CPR, path);
  }

  /** As QMP and {@code -incoming} write it. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("channel-type", kind.qmpName);
    json.putObject("addr").put("transport", "socket").put("type", "unix").put("path", path);
    return json;
  }
}
