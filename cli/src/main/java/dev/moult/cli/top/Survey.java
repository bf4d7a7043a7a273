package dev.moult.cli.top;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Asks the agents twice what the virtual machines have used. One that was not read anew meanwhile
 * is asked for again, for as long as its agent may spare its QEMU: docs/metrics.md.
 */
final class Survey {
  /** Agents read a virtual machine every second at most, and three times in ten seconds. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofSeconds(11);

  /** Asks the agents of nodes. */
  interface Asking {
    /** The answer of each. */
    Map<String, Answer> ask(Set<String> nodes) throws InterruptedException;
  }

  /** Lets time pass. */
  interface Pausing {
    /** So much of it. */
    void pause(Duration time) throws InterruptedException;
  }

  /**
   * What came of it.
   *
   * @param usages of each virtual machine that runs
   * @param silent agents that did not answer, by their nodes
   * @param old nodes whose agents do not say when they have read
   */
  record Result(Map<VmName, Usage> usages, Map<String, Answer.Failed> silent, Set<String> old) {}

  private final Asking asking;
  private final Pausing pausing;
  private final Map<VmName, String> nodes;
  private final Map<VmName, Figures> first = new HashMap<>();
  private final Map<VmName, Figures> last = new HashMap<>();
  private final Map<String, Answer.Failed> silent = new TreeMap<>();

  /**
   * A survey of virtual machines.
   *
   * @param nodes where each of them runs: nobody but that node's agent is believed
   */
  Survey(Map<VmName, String> nodes, Asking asking, Pausing pausing) {
    this.nodes = nodes;
    this.asking = asking;
    this.pausing = pausing;
  }

  /**
   * Does it.
   *
   * @param interval how far apart it is asked
   */
  Result make(Duration interval) throws InterruptedException {
    Duration passed = Duration.ZERO;
    Duration pause = interval;
    take(asking.ask(nodesOf(vm -> true)));
    Set<String> due = nodesOf(this::isDue);
    while (!due.isEmpty() && passed.compareTo(LONGEST) < 0) {
      pausing.pause(pause);
      passed = passed.plus(pause);
      pause = AGAIN;
      take(asking.ask(due));
      due = nodesOf(this::isDue);
    }
    return result();
  }

  private Set<String> nodesOf(Predicate<VmName> wanted) {
    return nodes.entrySet().stream()
        .filter(one -> wanted.test(one.getKey()))
        .map(Map.Entry::getValue)
        .collect(Collectors.toSet());
  }

  private void take(Map<String, Answer> answers) {
    answers.forEach((node, answer) -> {
      if (answer instanceof Answer.Failed failed) {
        silent.put(node, failed);
      }
    });
    nodes.forEach((vm, node) -> {
      if (answers.get(node) instanceof Answer.Told told) {
        take(vm, told);
      }
    });
  }

  private void take(VmName vm, Answer.Told told) {
    Figures now = told.vms().get(vm);
    if (now == null) {
      first.remove(vm);
      last.remove(vm);
    } else {
      first.merge(vm, now, (before, next) -> before.readSeconds() == null ? next : before);
      last.put(vm, now);
    }
  }

  private boolean isDue(VmName vm) {
    Figures before = first.get(vm);
    Figures now = last.get(vm);
    if (before == null || now == null || silent.containsKey(nodes.get(vm)) || isOld(now)) {
      return false;
    }
    return now.readSeconds() == null || Objects.equals(before.readSeconds(), now.readSeconds());
  }

  private static boolean isOld(Figures figures) {
    return figures.isRead() && figures.readSeconds() == null;
  }

  private Result result() {
    Map<VmName, Usage> usages = new TreeMap<>();
    Set<String> old = new TreeSet<>();
    nodes.forEach((vm, node) -> {
      Figures before = first.get(vm);
      Figures now = last.get(vm);
      if (before == null || now == null || silent.containsKey(node)) {
        usages.put(vm, Usage.UNKNOWN);
        return;
      }
      usages.put(vm, Usage.between(before, now));
      if (isOld(now)) {
        old.add(node);
      }
    });
    return new Result(usages, silent, old);
  }
}
