package dev.moult.api.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Iterator;

/**
 * Schemas of the pod's own types (affinity, tolerations, …) as Kubernetes publishes them: with
 * descriptions, required fields and list types, which Fabric8's classes do not carry. Taken from
 * {@code /openapi/v3/api/v1} of a 1.36.3 API server, without the meaningless defaults.
 */
final class BorrowedSchemas {
  private static final String REFERENCE = "#/components/schemas/";
  private static final String CORE = "io.k8s.api.core.v1.";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode SCHEMAS = read();

  private BorrowedSchemas() {}

  static boolean has(Class<?> type) {
    return SCHEMAS.has(CORE + type.getSimpleName());
  }

  static JSONSchemaProps of(Class<?> type) {
    return JSON.convertValue(
        resolve(SCHEMAS.required(CORE + type.getSimpleName())), JSONSchemaProps.class);
  }

  /** CRDs know no references: each is replaced by what it names, the description in place kept. */
  private static JsonNode resolve(JsonNode schema) {
    if (!(schema instanceof ObjectNode object)) {
      return schema;
    }
    JsonNode reference = object.at("/allOf/0/$ref");
    ObjectNode resolved = JSON.createObjectNode();
    if (!reference.isMissingNode()) {
      String name = reference.asText().substring(REFERENCE.length());
      resolved.setAll((ObjectNode) resolve(SCHEMAS.required(name)));
    }
    for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!"allOf".equals(name)) {
        resolved.set(name, resolve(object.required(name)));
      }
    }
    return resolved;
  }

  private static JsonNode read() {
    try (InputStream json =
        BorrowedSchemas.class.getResourceAsStream("/kubernetes-pod-fields.json")) {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
