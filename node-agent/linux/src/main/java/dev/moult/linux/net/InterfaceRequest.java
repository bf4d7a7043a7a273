package dev.moult.linux.net;

import com.sun.jna.Memory;
import java.nio.charset.StandardCharsets;

/** {@code struct ifreq}. */
final class InterfaceRequest {
  private InterfaceRequest() {}

  /** Cleared, with the interface's name; the caller closes it. */
  static Memory named(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length == 0 || bytes.length >= NetAbi.IFNAMSIZ) {
      throw new IllegalArgumentException("an interface's name has 1 to 15 bytes: " + name);
    }
    Memory request = new Memory(NetAbi.IFREQ_SIZE);
    request.clear();
    request.write(0, bytes, 0, bytes.length);
    return request;
  }
}
