package dev.moult.agent.status;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes conditions whose transition time moves with their status alone. */
final class Conditions {
  private Conditions() {}

  static Condition of(
      List<Condition> before,
      ConditionType type,
      boolean holds,
      String reason,
      @Nullable String message,
      @Nullable Long generation,
      Instant now) {
    ConditionStatus status = holds ? ConditionStatus.TRUE : ConditionStatus.FALSE;
    Instant since =
        before.stream()
            .filter(condition -> condition.type().equals(type.value()))
            .filter(condition -> condition.status() == status)
            .map(Condition::lastTransitionTime)
            .filter(java.util.Objects::nonNull)
            .findFirst()
            .orElse(now.truncatedTo(ChronoUnit.SECONDS));
    String words = message == null || message.isBlank() ? null : cut(message, 4096);
    return new Condition(type.value(), status, generation, since, reason, words);
  }

  static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "…";
  }
}
