package dev.moult.api.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds for every field of the API. */
class CrdShapeTest {
  private static final String SCHEMA = "/spec/versions/0/schema/openAPIV3Schema";
  private static final Pattern WRITER =
      Pattern.compile("(W|w)ritten by (the operator|the agent|who took it)");

  private record Field(String path, JsonNode schema) {
    String text(String name) {
      return schema.path(name).asText();
    }
  }

  private final List<Field> fields = new ArrayList<>();

  @BeforeEach
  void readFields() throws IOException {
    for (String file :
        List.of(
            "virtualmachines.moult.dev.yaml",
            "liveupdates.moult.dev.yaml",
            "virtualmachineautopsies.moult.dev.yaml")) {
      JsonNode crd = new YAMLMapper().readTree(Path.of("generated", file).toFile());
      collect(crd.at("/spec/names/kind").asText(), crd.at(SCHEMA));
    }
    assertThat(fields).hasSizeGreaterThan(100);
  }

  @Test
  void everyFieldIsDescribed() {
    assertThat(fields).allMatch(field -> !field.text("description").isBlank());
  }

  @Test
  void everyListSaysItsTypeAndItsBound() {
    assertThat(fields)
        .filteredOn(field -> "array".equals(field.text("type")))
        .isNotEmpty()
        .allMatch(field -> field.schema().has("x-kubernetes-list-type"))
        .allMatch(field -> field.schema().has("maxItems"));
  }

  @Test
  void everyFieldOfAStatusNamesItsWriter() {
    assertThat(fields)
        .filteredOn(field -> field.path().matches("[A-Za-z]+\\.status\\.[^.\\[]+"))
        .isNotEmpty()
        .allMatch(field -> WRITER.matcher(field.text("description")).find());
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
