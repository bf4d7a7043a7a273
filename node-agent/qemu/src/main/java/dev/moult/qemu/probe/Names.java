package dev.moult.qemu.probe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names out of a hostile image: they end in command lines and statuses, so their alphabet is small.
 */
final class Names {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}");

  private Names() {}

  static String required(JsonNode object, String field) throws ProbeFormatException {
    String value = optional(object, field);
    if (value == null) {
      throw new ProbeFormatException("an entry has no " + field);
    }
    return value;
  }

  static @Nullable String optional(JsonNode object, String field) throws ProbeFormatException {
    JsonNode value = object.get(field);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isTextual() || !NAME.matcher(value.asText()).matches()) {
      throw new ProbeFormatException("a strange " + field);
    }
    return value.asText();
  }
}
