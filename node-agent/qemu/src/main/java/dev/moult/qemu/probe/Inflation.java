package dev.moult.qemu.probe;

import dev.moult.qemu.probe.script.ProbeScript;
import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Inflates a packed transcript within its bounds. */
final class Inflation {

  private Inflation() {}

  static byte[] inflate(byte[] packed) throws ProbeFormatException {
    if (packed.length > ProbeScript.MAX_PACKED) {
      throw new ProbeFormatException("the packed probe is too large");
    }
    try (var inflater = new Inflater()) {
      inflater.setInput(packed);
      var raw = new ByteArrayOutputStream();
      byte[] chunk = new byte[64 * 1024];
      while (!inflater.finished()) {
        int count = inflater.inflate(chunk);
        if (count == 0) {
          throw new ProbeFormatException("the packed probe is cut short");
        }
        if (raw.size() + count > ProbeScript.MAX_RAW) {
          throw new ProbeFormatException("the probe inflates to too much");
        }
        raw.write(chunk, 0, count);
      }
      return raw.toByteArray();
    } catch (DataFormatException e) {
      throw new ProbeFormatException("the packed probe is broken: " + e.getMessage());
    }
  }
}
