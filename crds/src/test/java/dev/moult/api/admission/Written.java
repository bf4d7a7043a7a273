package dev.moult.api.admission;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.api.v1alpha1.FieldOwner;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A field of a status, who writes it by the words of the CRD, and two values of it.
 *
 * @param plural the kind, as it stands in paths
 * @param path from the status on, such as {@code machine/uid}
 * @param writer by the field's description
 * @param before what it says
 * @param after what it is to say
 */
record Written(String plural, String path, FieldOwner writer, JsonNode before, JsonNode after) {
  /** Each has two writers; their entries are told by their types and steps. */
  private static final List<String> SHARED = List.of("conditions", "timeline");

  static final Map<String, String> KINDS =
      Map.of(
          "virtualmachines",
          "VirtualMachine",
          "liveupdates",
          "LiveUpdate",
          "virtualmachineautopsies",
          "VirtualMachineAutopsy");

  /** All of a kind; fails when the two examples of its status lack one. */
  static Stream<Written> of(String plural) {
    JsonNode schema =
        read("/META-INF/moult/crds/" + plural + ".moult.dev.yaml")
            .at("/spec/versions/0/schema/openAPIV3Schema/properties/status");
    return fields(plural, "", schema, status(plural), read("/admission/" + plural + "-after.yaml"));
  }

  /** A status of a kind, with every field but the shared ones. */
  static JsonNode status(String plural) {
    return read("/admission/" + plural + "-before.yaml");
  }

  private static Stream<Written> fields(
      String plural, String parent, JsonNode schema, JsonNode before, JsonNode after) {
    return schema.required("properties").properties().stream()
        .filter(field -> !(parent.isEmpty() && SHARED.contains(field.getKey())))
        .flatMap(field -> {
          String name = field.getKey();
          JsonNode old = before.required(name);
          JsonNode now = after.required(name);
          return isShared(field.getValue())
              ? fields(plural, parent + name + "/", field.getValue(), old, now)
              : Stream.of(new Written(plural, parent + name, writer(field.getValue()), old, now));
        });
  }

  /** Its own fields say who writes them. */
  private static boolean isShared(JsonNode schema) {
    return StreamSupport.stream(schema.path("properties").spliterator(), false)
        .anyMatch(field -> field.path("description").asText().startsWith("Written by"));
  }

  private static FieldOwner writer(JsonNode schema) {
    String words = schema.required("description").asText();
    if (words.startsWith("Written by the agent.")) {
      return FieldOwner.AGENT;
    }
    if (words.startsWith("Written by the operator.")) {
      return FieldOwner.OPERATOR;
    }
    throw new IllegalStateException("who writes it? " + words);
  }

  /** A JSON patch that gives it its new value. */
  String change() {
    return StatusParts.operation("replace", "/status/" + path, after);
  }

  /** A JSON patch that puts it where it was not. */
  String addition() {
    return StatusParts.operation("add", "/status/" + path, after);
  }

  /** A JSON patch that takes it away. */
  String removal() {
    return StatusParts.operation("remove", "/status/" + path, null);
  }

  private static JsonNode read(String resource) {
    try (InputStream yaml = Objects.requireNonNull(Written.class.getResourceAsStream(resource))) {
      return Serialization.yamlMapper().readTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return plural + " " + path;
  }
}
