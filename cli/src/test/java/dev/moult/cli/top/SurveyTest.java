package dev.moult.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SurveyTest {
  private static final VmName WEB = new VmName("shop", "web");
  private static final VmName DB = new VmName("shop", "db");
  private static final Duration TWO = Duration.ofSeconds(2);
  private static final Answer AWAY = new Answer.Failed("HTTP 503: away", false);

  private final Map<String, Deque<Answer>> answers = new HashMap<>();
  private final List<Set<String>> asked = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();

  @Test
  void twoReadingsAreEnough() throws Exception {
    says("node1", told(WEB, reading(10.0, 1.0)), told(WEB, reading(12.0, 2.0)));

    var result = survey(Map.of(WEB, "node1"));

    assertThat(cores(result, WEB)).isEqualTo(0.5);
    assertThat(pauses).containsExactly(TWO);
    assertThat(result.silent()).isEmpty();
    assertThat(result.old()).isEmpty();
  }

  @Test
  void whatWasNotReadAnewIsAskedForAgainAndNobodyElse() throws Exception {
    says("node1", told(WEB, reading(10.0, 1.0)), told(WEB, reading(12.0, 2.0)));
    says(
        "node2",
        told(DB, reading(70.0, 1.0)),
        told(DB, reading(70.0, 1.0)),
        told(DB, reading(70.0, 1.0)),
        told(DB, reading(74.0, 5.0)));

    var result = survey(Map.of(WEB, "node1", DB, "node2"));

    assertThat(cores(result, WEB)).isEqualTo(0.5);
    assertThat(cores(result, DB)).isEqualTo(1.0);
    assertThat(asked)
        .containsExactly(
            Set.of("node1", "node2"), Set.of("node1", "node2"), Set.of("node2"), Set.of("node2"));
    assertThat(pauses).containsExactly(TWO, Duration.ofSeconds(1), Duration.ofSeconds(1));
  }

  @Test
  void whatIsNeverReadAnewIsGivenUp() throws Exception {
    says("node1", told(WEB, reading(10.0, 1.0)));

    var result = survey(Map.of(WEB, "node1"));

    assertThat(cores(result, WEB)).isNull();
    assertThat(usage(result, WEB).vcpus()).isEqualTo(2);
    assertThat(pauses).hasSize(10);
    assertThat(pauses.stream().reduce(Duration.ZERO, Duration::plus))
        .isEqualTo(Duration.ofSeconds(11));
  }

  @Test
  void whatIsReadOnlyLaterCountsFromThen() throws Exception {
    Figures none = new Figures(null, 2.0, 1.0, null, Map.of());
    says("node1", told(WEB, none), told(WEB, reading(10.0, 1.0)), told(WEB, reading(11.0, 1.5)));

    assertThat(cores(survey(Map.of(WEB, "node1")), WEB)).isEqualTo(0.5);
  }

  @Test
  void anAgentThatDoesNotSayWhenItHasReadIsNotWaitedFor() throws Exception {
    says("node1", told(WEB, reading(null, 1.0)));

    var result = survey(Map.of(WEB, "node1"));

    assertThat(result.old()).containsExactly("node1");
    assertThat(cores(result, WEB)).isNull();
    assertThat(usage(result, WEB).vcpus()).isEqualTo(2);
    assertThat(pauses).isEmpty();
  }

  @Test
  void anAgentThatIsAwayTakesItsOwnVmsAlone() throws Exception {
    says("node1", told(WEB, reading(10.0, 1.0)), told(WEB, reading(12.0, 2.0)));
    says("node2", told(DB, reading(10.0, 1.0)), AWAY);

    var result = survey(Map.of(WEB, "node1", DB, "node2"));

    assertThat(result.silent()).containsOnlyKeys("node2");
    assertThat(usage(result, DB)).isEqualTo(Usage.UNKNOWN);
    assertThat(cores(result, WEB)).isEqualTo(0.5);
    assertThat(asked).hasSize(2);
  }

  @Test
  void nobodyIsBelievedOfAVmOfAnotherNode() throws Exception {
    says("node1", told(DB, reading(10.0, 1.0)));
    says("node2", told(WEB, reading(10.0, 1.0)));

    var result = survey(Map.of(WEB, "node1", DB, "node2"));

    assertThat(result.usages())
        .containsOnly(Map.entry(WEB, Usage.UNKNOWN), Map.entry(DB, Usage.UNKNOWN));
    assertThat(pauses).isEmpty();
  }

  @Test
  void aVmThatLeavesMeanwhileIsNotKnown() throws Exception {
    says("node1", told(WEB, reading(10.0, 1.0)), new Answer.Told(Map.of()));

    assertThat(usage(survey(Map.of(WEB, "node1")), WEB)).isEqualTo(Usage.UNKNOWN);
    assertThat(asked).hasSize(2);
  }

  private Survey.Result survey(Map<VmName, String> nodes) throws InterruptedException {
    return new Survey(nodes, this::ask, pauses::add).make(TWO);
  }

  private Map<String, Answer> ask(Set<String> nodes) {
    asked.add(nodes);
    Map<String, Answer> now = new HashMap<>();
    for (String node : nodes) {
      Deque<Answer> left = answers.getOrDefault(node, new ArrayDeque<>());
      now.put(node, left.size() > 1 ? left.removeFirst() : left.getFirst()); // the last one stays
    }
    return now;
  }

  private void says(String node, Answer... all) {
    answers.put(node, new ArrayDeque<>(List.of(all)));
  }

  private static Answer told(VmName vm, Figures figures) {
    return new Answer.Told(Map.of(vm, figures));
  }

  private static Figures reading(@Nullable Double readSeconds, double cpuSeconds) {
    return new Figures(readSeconds, 2.0, 1.0, 1.0, Map.of(Counter.CPU, Map.of("", cpuSeconds)));
  }

  private static Usage usage(Survey.Result result, VmName vm) {
    return result.usages().getOrDefault(vm, new Usage(-1.0, null, null, Map.of()));
  }

  private static @Nullable Double cores(Survey.Result result, VmName vm) {
    return usage(result, vm).rate(Counter.CPU);
  }
}
