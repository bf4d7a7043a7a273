package dev.moult.e2e.hostile;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Every attack on the installed Moult, with a table of what came of each; see {@code make hostile}.
 */
public final class Hostile {
  private static final List<String> DISTURBERS =
      List.of("l-hellos", "q-events", "q-fat", "q-blank", "q-spin");

  private Hostile() {}

  /**
   * Runs all groups, or those named.
   *
   * @param args words of groups: launchers, monitors, qemus, updates, pods, kernels, figure; with
   *     the last also the names of the attackers that it is measured beside
   */
  public static void main(String[] args) throws Exception {
    long began = System.nanoTime();
    var wanted = List.of(args);
    boolean whole;
    try (var client = new KubernetesClientBuilder().build();
        var field =
            new Field(client, Path.of(System.getProperty("moult.checkout")), "moult-hostile")) {
      var battle = new Battle(field, System.out);
      fight(battle, wanted, "launchers", LauncherAttacks.group());
      fight(battle, wanted, "monitors", MonitorAttacks.monitors());
      fight(battle, wanted, "qemus", MonitorAttacks.qemus());
      fight(battle, wanted, "updates", TargetAttacks.group());
      fight(battle, wanted, "pods", PodAttacks.forged());
      fight(battle, wanted, "kernels", PodAttacks.kernels());
      boolean figure = true;
      if (isWanted(wanted, "figure")) {
        var named = DISTURBERS.stream().filter(wanted::contains).toList();
        figure = battle.print(Disturbance.measure(field, named.isEmpty() ? DISTURBERS : named));
      }
      long broke = battle.outcomes().stream().filter(outcome -> !outcome.held()).count();
      System.out.printf(
          "%n%d tried, %d broke; the figure is %s; %d s%n",
          battle.outcomes().size(),
          broke,
          !isWanted(wanted, "figure") ? "not measured" : figure ? "reached" : "not reached",
          Duration.ofNanos(System.nanoTime() - began).toSeconds());
      whole = broke == 0 && figure;
    }
    System.exit(whole ? 0 : 1);
  }

  /**
   * A few of each kind, without the figure.
   *
   * @return the attacks whose defence did not hold, and how that showed
   */
  public static List<String> few(KubernetesClient client, Path checkout) throws Exception {
    try (var field = new Field(client, checkout, "e2e-hostile")) {
      var battle = new Battle(field, System.out);
      battle.fight(LauncherAttacks.few());
      battle.fight(MonitorAttacks.few());
      battle.fight(PodAttacks.forged());
      return battle.outcomes().stream()
          .filter(outcome -> !outcome.held())
          .map(outcome -> outcome.attack().name() + ": " + outcome.seen())
          .toList();
    }
  }

  private static boolean isWanted(List<String> wanted, String group) {
    return wanted.isEmpty() || wanted.contains(group);
  }

  private static void fight(Battle battle, List<String> wanted, String name, Group group)
      throws Exception {
    if (isWanted(wanted, name)) {
      battle.fight(group);
    }
  }
}
