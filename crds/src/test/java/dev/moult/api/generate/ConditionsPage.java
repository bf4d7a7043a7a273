package dev.moult.api.generate;

import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.StepName;
import java.util.function.Function;

/** {@code docs/conditions.md}, made from the enums of the API. */
final class ConditionsPage {
  private final StringBuilder text = new StringBuilder();

  String render() {
    text.append(
        """
        # Conditions, reasons, steps

        <!-- Made from the enums in crds/src/main/java: change those, then run
             ./mvnw -pl crds test -Dmoult.generate=true -->

        What the status of a VirtualMachine or a LiveUpdate can say, what it means, and what to do.
        Types, reasons and steps are part of the API: none is ever renamed. Reasons stand in
        conditions, in `status.reason` of a LiveUpdate, in `status.guest.reason`, in
        `status.lastTermination.reason`, in blockers, and on events.
        """);
    conditions("VirtualMachine", ConditionType::ofVirtualMachine);
    conditions("LiveUpdate", ConditionType::ofLiveUpdate);
    text.append("\n## Reasons\n");
    for (Reason.Group group : Reason.Group.values()) {
      reasons(group);
    }
    steps();
    return text.toString();
  }

  private void conditions(String kind, Function<ConditionType, String> meaning) {
    text.append("\n## Conditions of a ").append(kind).append("\n\n");
    text.append("| condition | written by | true means |\n| --- | --- | --- |\n");
    for (ConditionType type : ConditionType.values()) {
      if (!meaning.apply(type).isEmpty()) {
        row("`" + type.value() + "`", type.writer().value(), meaning.apply(type));
      }
    }
  }

  private void reasons(Reason.Group group) {
    text.append("\n### ").append(group.title()).append("\n\n");
    text.append("| reason | meaning | what to do |\n| --- | --- | --- |\n");
    for (Reason reason : Reason.values()) {
      if (reason.group() == group) {
        row("`" + reason.value() + "`", reason.description(), reason.action());
      }
    }
  }

  private void steps() {
    text.append("\n## Steps of a LiveUpdate's timeline\n\n");
    text.append("| step | written by | what has happened |\n| --- | --- | --- |\n");
    for (StepName step : StepName.values()) {
      row("`" + step.value() + "`", step.writer().value(), step.description());
    }
  }

  private void row(String first, String second, String third) {
    text.append("| ").append(first).append(" | ").append(second).append(" | ");
    text.append(third.isEmpty() ? "–" : third).append(" |\n");
  }
}
