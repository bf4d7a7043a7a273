package dev.moult.agent.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The status that the generated CRD of VirtualMachines lets in, as the API server checks it:
 * fields, types, bounds and patterns. It has no rules in CEL.
 */
public final class CrdSchema {
  private static final String FILE = "/META-INF/moult/crds/virtualmachines.moult.dev.yaml";
  private static final String STATUS = "/spec/versions/0/schema/openAPIV3Schema/properties/status";

  private final JsonNode status;

  private CrdSchema(JsonNode status) {
    this.status = status;
  }

  /** As the crds module has generated it. */
  public static CrdSchema read() {
    try (InputStream yaml = CrdSchema.class.getResourceAsStream(FILE)) {
      JsonNode status = new YAMLMapper().readTree(Objects.requireNonNull(yaml, FILE)).at(STATUS);
      if (status.path("properties").isEmpty()) {
        throw new IllegalStateException("the CRD has no status");
      }
      return new CrdSchema(status);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For what a status would be refused; nothing when it is taken. */
  public List<String> refusals(JsonNode value) {
    List<String> found = new ArrayList<>();
    check("status", status, value, found);
    return found;
  }

  private static void check(String path, JsonNode schema, JsonNode value, List<String> found) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
      return;
    }
    String type = schema.path("type").asText();
    boolean fits =
        switch (type) {
          case "object" -> value.isObject();
          case "array" -> value.isArray();
          case "string" -> value.isTextual();
          case "integer" -> value.isIntegralNumber() && value.canConvertToLong();
          case "boolean" -> value.isBoolean();
          default -> throw new IllegalStateException(path + ": no type is known here: " + type);
        };
    if (!fits) {
      found.add(path + ": is no " + type);
      return;
    }
    switch (type) {
      case "object" -> object(path, schema, value, found);
      case "array" -> array(path, schema, value, found);
      case "string" -> string(path, schema, value.asText(), found);
      case "integer" -> {
        if (schema.has("minimum") && value.asLong() < schema.get("minimum").asLong()) {
          found.add(path + ": is below its minimum");
        }
      }
      default -> {}
    }
  }

  private static void object(String path, JsonNode schema, JsonNode value, List<String> found) {
    schema
        .path("required")
        .forEach(name -> {
          if (!value.hasNonNull(name.asText())) {
            found.add(path + "." + name.asText() + ": is missing");
          }
        });
    value
        .properties()
        .forEach(field -> {
          String child = path + "." + field.getKey();
          JsonNode known = schema.path("properties").path(field.getKey());
          if (known.isMissingNode()) {
            known = schema.path("additionalProperties");
          }
          if (known.isMissingNode()) {
            found.add(child + ": is not in the schema");
          } else if (!field.getValue().isNull()) {
            check(child, known, field.getValue(), found);
          }
        });
  }

  private static void array(String path, JsonNode schema, JsonNode value, List<String> found) {
    if (schema.has("maxItems") && value.size() > schema.get("maxItems").asInt()) {
      found.add(path + ": has more than its maxItems");
    }
    Set<List<String>> keys = new HashSet<>();
    for (int i = 0; i < value.size(); i++) {
      check(path + "[" + i + "]", schema.path("items"), value.get(i), found);
      if (!keys.add(key(schema, value.get(i), i))) {
        found.add(path + "[" + i + "]: is there twice");
      }
    }
  }

  private static List<String> key(JsonNode schema, JsonNode item, int index) {
    List<String> key = new ArrayList<>();
    switch (schema.path("x-kubernetes-list-type").asText()) {
      case "map" ->
          schema
              .path("x-kubernetes-list-map-keys")
              .forEach(name -> key.add(item.path(name.asText()).asText()));
      case "set" -> key.add(item.toString());
      default -> key.add(String.valueOf(index));
    }
    return key;
  }

  private static void string(String path, JsonNode schema, String text, List<String> found) {
    int length = text.codePointCount(0, text.length());
    if (schema.has("maxLength") && length > schema.get("maxLength").asInt()) {
      found.add(path + ": is longer than its maxLength");
    }
    if (length < schema.path("minLength").asInt(0)) {
      found.add(path + ": is shorter than its minLength");
    }
    if (schema.has("pattern")
        && !Pattern.compile(schema.get("pattern").asText()).matcher(text).find()) {
      found.add(path + ": does not match its pattern");
    }
    if (schema.has("enum") && !contains(schema.get("enum"), text)) {
      found.add(path + ": is none of its values");
    }
    if (schema.path("format").asText().equals("date-time")) {
      try {
        var unused = OffsetDateTime.parse(text);
      } catch (DateTimeException e) {
        found.add(path + ": is no time");
      }
    }
  }

  private static boolean contains(JsonNode values, String text) {
    for (JsonNode value : values) {
      if (value.asText().equals(text)) {
        return true;
      }
    }
    return false;
  }
}
