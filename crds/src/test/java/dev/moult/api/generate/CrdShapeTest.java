package dev.moult.api.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every field of the API. */
@ParameterizedClass
@ValueSource(strings = {"virtualmachines.moult.dev.yaml", "liveupdates.moult.dev.yaml"})
class CrdShapeTest {
  private final String file;
  private final List<Field> fields = new ArrayList<>();

  CrdShapeTest(String file) {
    this.file = file;
  }

  record Field(String path, JsonNode schema) {}

  @BeforeEach
  void readFields() throws IOException {
    JsonNode crd = new YAMLMapper().readTree(Path.of("generated", file).toFile());
    collect("", crd.at("/spec/versions/0/schema/openAPIV3Schema"));
    assertThat(fields).hasSizeGreaterThan(20);
  }

  @Test
  void everyFieldIsDescribed() {
    assertThat(fields).filteredOn(field -> !field.schema().has("description")).isEmpty();
  }

  @Test
  void everyListSaysItsTypeAndItsBound() {
    assertThat(fields)
        .filteredOn(field -> "array".equals(field.schema().path("type").asText()))
        .filteredOn(field ->
            !field.schema().has("x-kubernetes-list-type") || !field.schema().has("maxItems"))
        .isEmpty();
  }

  @Test
  void everyFieldOfTheStatusHasOneWriter() {
    assertThat(fields)
        .filteredOn(field -> field.path().matches("\\.status\\.[^.]+"))
        .filteredOn(field ->
            !field
                .schema()
                .path("description")
                .asText()
                .matches("(?is).*written by (the operator|the agent|who took it).*"))
        .isEmpty();
  }

  private void collect(String path, JsonNode schema) {
    schema
        .path("properties")
        .properties()
        .forEach(property -> {
          String child = path + "." + property.getKey();
          fields.add(new Field(child, property.getValue()));
          collect(child, property.getValue());
        });
    if (schema.has("items")) {
      collect(path + "[]", schema.get("items"));
    }
  }
}
