package dev.moult.api.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** A guest's memory is its secret: no role that the chart gives to users reaches it. */
class AutopsyRightsTest {
  @Test
  void operatorAndAgentAloneKnowAutopsies() throws IOException {
    List<String> named = new ArrayList<>();
    List<String> wide = new ArrayList<>();
    var yaml = new YAMLMapper();
    try (var documents =
        yaml.readerFor(JsonNode.class)
            .<JsonNode>readValues(Path.of("..", "deploy", "rbac.yaml").toFile())) {
      while (documents.hasNext()) {
        JsonNode role = documents.next();
        String name = role.at("/metadata/name").asText();
        for (JsonNode rule : role.path("rules")) {
          List<String> resources =
              StreamSupport.stream(rule.path("resources").spliterator(), false)
                  .map(JsonNode::asText)
                  .toList();
          if (resources.stream().anyMatch(each -> each.startsWith("virtualmachineautopsies"))) {
            named.add(name);
          }
          if (resources.stream().anyMatch(each -> each.contains("*"))) {
            wide.add(name);
          }
        }
      }
    }
    assertThat(named).containsOnly("moult-operator", "moult-node-agent");
    assertThat(wide).isEmpty();
  }
}
