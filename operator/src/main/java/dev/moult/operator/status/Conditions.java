package dev.moult.operator.status;

import dev.moult.api.v1alpha1.Condition;
import dev.moult.api.v1alpha1.ConditionStatus;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.FieldOwner;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Collects the operator's conditions of one object, in the order in which they are set. */
public final class Conditions {
  /** What the CRD allows. */
  private static final int MAX_MESSAGE = 4096;

  private final List<Condition> before;
  private final @Nullable Long generation;
  private final Instant now;
  private final List<Condition> after = new ArrayList<>();

  /**
   * Starts an empty collection.
   *
   * @param before conditions as cached; their transition times are kept while the status is the
   *     same
   * @param generation the spec's generation that they are about
   * @param now time of a transition
   */
  public Conditions(List<Condition> before, @Nullable Long generation, Instant now) {
    this.before = before;
    this.generation = generation;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
  }

  /** Sets one. */
  public Conditions set(
      ConditionType type, ConditionStatus status, String reason, @Nullable String message) {
    var since =
        find(before, type)
            .filter(old -> old.status() == status)
            .map(Condition::lastTransitionTime)
            .orElse(now);
    after.add(new Condition(type.value(), status, generation, since, reason, shortened(message)));
    return this;
  }

  /** What was set, in the order of {@link ConditionType}. */
  public List<Condition> list() {
    return own(after);
  }

  /** A condition of a list. */
  public static Optional<Condition> find(List<Condition> conditions, ConditionType type) {
    return conditions.stream().filter(c -> c.type().equals(type.value())).findFirst();
  }

  /**
   * The conditions of a list that the operator writes, in the order of {@link ConditionType}: the
   * API server keeps an order of its own.
   */
  public static List<Condition> own(List<Condition> conditions) {
    return Arrays.stream(ConditionType.values())
        .filter(type -> type.writer() == FieldOwner.OPERATOR)
        .map(type -> find(conditions, type))
        .flatMap(Optional::stream)
        .toList();
  }

  private static @Nullable String shortened(@Nullable String message) {
    return message == null || message.length() <= MAX_MESSAGE
        ? message
        : message.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
