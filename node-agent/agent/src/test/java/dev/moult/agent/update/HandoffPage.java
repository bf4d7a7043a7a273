package dev.moult.agent.update;

import dev.moult.agent.journal.Verdict;
import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.Decision.Limit;
import dev.moult.agent.update.Decision.Seen;
import dev.moult.agent.update.Decision.Source;
import dev.moult.agent.update.Decision.Target;
import dev.moult.agent.update.HandoffModel.Fault;
import dev.moult.agent.update.HandoffWorld.Step;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code docs/handoff.md}: the decision as tables, made by asking it. */
final class HandoffPage {
  private static final String HEAD =
      """
      <!-- Made by asking the node agent's decision:
           ./mvnw -pl node-agent/agent -am test -Dmoult.generate=true -->
      # The handoff

      A is the QEMU that runs the guest, B the one that shall have it. What is done next is one pure
      function (`Decision` of the node agent) of what the journal says, of what A and B are seen to be, and
      of what has come between; it is asked again after each step, by the agent that began the handoff and
      by one that was started in its middle. Two verdicts exist, `COMMIT` and `ROLLBACK`: the first that is
      written stands for ever. "Gone" always means proved: the process's pidfd is readable.

      B has the guest only when A can do nothing more to its memory: when B has the state, the broker stops
      all threads of A, proves it, and only then COMMIT may be written. A frozen A is asked nothing, since it
      would not answer; what it was before, it is. When B is gone, A is let go on (SIGCONT) before it is
      looked at and before `cont`. An agent that comes in the middle does so too, and freezes A again.
      While no broker answers, it is waited for: a rollback needs it as well.

      A guest that its owner has paused is handed over asleep, by the same tables: "runs" means then that it
      is that QEMU's, and `cont` that it becomes so, without being sent.
      """;

  private HandoffPage() {}

  static String markdown() {
    StringBuilder page = new StringBuilder(HEAD);
    for (Verdict verdict : Verdict.values()) {
      page.append('\n').append(decisions(verdict));
    }
    return page.append('\n').append(limits()).append('\n').append(faults()).toString();
  }

  private static String decisions(Verdict verdict) {
    StringBuilder out = new StringBuilder("## ");
    out.append(
        switch (verdict) {
          case NONE -> "No verdict";
          case COMMIT -> "After COMMIT";
          case ROLLBACK -> "After ROLLBACK";
        });
    out.append("\n\n| A \\ B |");
    for (Target target : Target.values()) {
      out.append(' ').append(word(target)).append(" |");
    }
    out.append("\n|").append(" --- |".repeat(Target.values().length + 1));
    for (Source source : Source.values()) {
      out.append("\n| ").append(word(source)).append(" |");
      for (Target target : Target.values()) {
        out.append(' ').append(cell(verdict, source, target)).append(" |");
      }
    }
    return out.append('\n').toString();
  }

  /** The answer when nothing is wrong, then what changes it. */
  private static String cell(Verdict verdict, Source source, Target target) {
    Seen well = new Seen(verdict, source, target, false, false, true, Demand.NONE, false);
    Action usual = Decision.next(well);
    Map<String, Action> others = new LinkedHashMap<>();
    others.put(
        "A frozen",
        Decision.next(new Seen(verdict, source, target, true, false, true, Demand.NONE, false)));
    others.put(
        "A does not freeze",
        Decision.next(
            new Seen(verdict, source, target, false, false, true, Demand.SOURCE_UNPROVED, false)));
    others.put(
        "too late",
        Decision.next(new Seen(verdict, source, target, false, false, true, Demand.NONE, true)));
    others.put(
        "other agent",
        Decision.next(new Seen(verdict, source, target, false, false, false, Demand.NONE, false)));
    others.put(
        "`cont` refused",
        Decision.next(new Seen(verdict, source, target, false, true, true, Demand.NONE, false)));
    others.put(
        "not wanted",
        Decision.next(
            new Seen(verdict, source, target, false, false, true, Demand.UPDATE_DELETED, false)));
    others.put(
        "not ready",
        Decision.next(
            new Seen(
                verdict, source, target, false, false, true, Demand.PREPARATION_FAILED, false)));
    Map<Action, List<String>> changed =
        others.entrySet().stream()
            .filter(other -> other.getValue() != usual)
            .collect(
                Collectors.groupingBy(
                    Map.Entry::getValue,
                    LinkedHashMap::new,
                    Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
    StringBuilder text = new StringBuilder(word(usual));
    changed.forEach((action, causes) ->
        text.append("<br>").append(String.join(", ", causes)).append(": ").append(word(action)));
    return text.toString();
  }

  private static String limits() {
    StringBuilder out =
        new StringBuilder(
            """
            "Too late": the time of the state has passed. "Other agent": the one that began the handoff, and its
            relay, are gone. "A frozen": all its threads are proved stopped (SIGSTOP). "A does not freeze": that cannot
            be proved. "Not wanted": the LiveUpdate, the VirtualMachine or a pod of it was deleted, the
            agent shall end, the guest ended, or the transfer failed. "Not ready": a step failed before B was
            told to listen.

            ## How long a wait may last

            | state | limit |
            | --- | --- |
            """);
    for (Limit limit : Limit.values()) {
      Duration most = limit.most();
      out.append("| ")
          .append(
              switch (limit) {
                case UPDATE -> "A runs the guest, no verdict";
                case STOP_PHASE -> "the guest stands, no verdict (from its stop)";
                case SILENCE -> "B is silent after COMMIT";
                case GO_ON -> "B is dead after ROLLBACK, A has not gone on";
              })
          .append(" | ")
          .append(most == null ? "what `spec.timeout` leaves" : most.toSeconds() + " s")
          .append(" |\n");
    }
    return out.toString();
  }

  private static String faults() {
    StringBuilder out =
        new StringBuilder(
            """
            ## One fault at any moment

            Found by walking every state that a handoff can come to, with the fault at each of its moments. The
            same walk with any two faults finds no state in which two QEMUs run, in which A goes on after B ran,
            or that does not end.

            | fault |\
            """);
    for (Step step : Step.values()) {
      out.append(' ').append(step.words()).append(" |");
    }
    out.append("\n|").append(" --- |".repeat(Step.values().length + 1));
    HandoffModel.table().forEach((fault, row) -> out.append("\n").append(faultRow(fault, row)));
    return out.append('\n').toString();
  }

  private static String faultRow(Fault fault, Map<Step, Set<Action>> row) {
    return "| "
        + fault.words()
        + " | "
        + Arrays.stream(Step.values())
            .map(step ->
                row.getOrDefault(step, Set.of()).stream()
                    .map(HandoffPage::word)
                    .collect(Collectors.joining(" or ")))
            .map(cell -> cell.isEmpty() ? "–" : cell)
            .collect(Collectors.joining(" | "))
        + " |";
  }

  private static String word(Source source) {
    return switch (source) {
      case RUNNING -> "runs";
      case STOPPING -> "sends";
      case POSTMIGRATE -> "stands";
      case ENDED -> "guest ended";
      case SILENT -> "silent";
      case GONE -> "gone";
    };
  }

  private static String word(Target target) {
    return switch (target) {
      case ABSENT -> "not started";
      case SILENT -> "silent";
      case WAITING -> "waits";
      case LOADED -> "has the state";
      case RUNNING -> "runs";
      case GONE -> "gone";
    };
  }

  private static String word(Action action) {
    return switch (action) {
      case WAIT -> "wait";
      case FREEZE_SOURCE -> "freeze A";
      case WRITE_COMMIT -> "write COMMIT";
      case WRITE_ROLLBACK -> "write ROLLBACK";
      case CONT_TARGET -> "`cont` B";
      case KILL_TARGET -> "kill B";
      case CONT_SOURCE -> "`cont` A";
      case KILL_SOURCE -> "kill A";
      case FINISH_COMMITTED -> "**on B**";
      case FINISH_ROLLED_BACK -> "**on A**";
      case FINISH_LOST -> "**lost**";
      case FINISH_STUCK -> "**A stuck**";
    };
  }
}
