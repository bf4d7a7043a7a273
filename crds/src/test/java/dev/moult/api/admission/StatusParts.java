package dev.moult.api.admission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.StepName;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Conditions, steps and JSON patches as they stand on the wire. */
final class StatusParts {
  private StatusParts() {}

  /** The types of conditions that a kind has. */
  static List<ConditionType> conditions(String plural) {
    return switch (plural) {
      case "virtualmachines" -> those(ConditionType::ofVirtualMachine);
      case "liveupdates" -> those(ConditionType::ofLiveUpdate);
      default -> List.of();
    };
  }

  private static List<ConditionType> those(Function<ConditionType, String> meaning) {
    return Arrays.stream(ConditionType.values())
        .filter(type -> !meaning.apply(type).isEmpty())
        .toList();
  }

  static ObjectNode condition(ConditionType type, String status) {
    return Serialization.jsonMapper()
        .createObjectNode()
        .put("type", type.value())
        .put("status", status)
        .put("reason", "Test")
        .put("lastTransitionTime", "2026-01-01T12:00:00Z");
  }

  static ObjectNode step(StepName step, String at) {
    return Serialization.jsonMapper().createObjectNode().put("step", step.value()).put("at", at);
  }

  /** A JSON patch of one operation. */
  static String operation(String operation, String path, @Nullable JsonNode value) {
    ArrayNode patch = Serialization.jsonMapper().createArrayNode();
    ObjectNode step = patch.addObject().put("op", operation).put("path", path);
    if (value != null) {
      step.set("value", value);
    }
    return patch.toString();
  }
}
