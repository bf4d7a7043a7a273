package dev.moult.e2e.hostile;

import static dev.moult.e2e.hostile.Require.require;

import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.NodeView;
import dev.moult.e2e.cluster.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A hostile program in the place of QEMU, with all descriptors that a QEMU is given. */
final class MonitorAttacks {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Of broker and agent together; they have 110 to 220 MiB when nobody attacks. */
  private static final long MOST_RESIDENT = 512L << 20;

  private static final List<String> LIARS =
      List.of(
          "q-endless", "q-events", "q-fat", "q-blank", "q-deep", "q-nonsense", "q-deaf", "q-mute");
  private static final List<String> OTHERS =
      List.of("q-network", "q-again", "q-slots", "q-flight", "q-escape");

  private MonitorAttacks() {}

  /** QMP that lies. */
  static Group monitors() {
    var attacks = new ArrayList<Attack>();
    attacks.add(liar("q-endless", "a line without end", "endless: hung up on"));
    attacks.add(liar("q-events", "events as fast as they go", "events: hung up on"));
    attacks.add(liar("q-fat", "events of 1 MiB", "fat: hung up on"));
    attacks.add(liar("q-blank", "blank lines without end", "blank: hung up on"));
    attacks.add(liar("q-deep", "an answer 500,000 deep", "deep: hung up on"));
    attacks.add(liar("q-nonsense", "random bytes", "nonsense: hung up on"));
    attacks.add(silent("q-deaf", "looks at no caller, its queue is one long"));
    attacks.add(silent("q-mute", "greets and answers nothing"));
    return new Group("QMP that lies", field -> apply(field, LIARS), attacks);
  }

  /** Two of them, for the short form. */
  static Group few() {
    return new Group(
        "QMP that lies",
        field -> apply(field, List.of("q-fat", "q-network")),
        List.of(liar("q-fat", "events of 1 MiB", "fat: hung up on"), qemus().attacks().getFirst()));
  }

  /** A QEMU that does more than it should. */
  static Group qemus() {
    return new Group(
        "a QEMU that does more",
        field -> apply(field, OTHERS),
        List.of(
            new Attack(
                "q-network",
                "connects from the VMM pod: API server, kubelet, node, pods",
                "its links are down",
                field -> {
                  field.says("q-network", line -> line.contains("reach: done"));
                  return Require.nothingReached(field.said("q-network"));
                }),
            new Attack(
                "q-again",
                "dials the broker again, as the first process and as another",
                "refused: a launched program is no launcher",
                MonitorAttacks::again),
            new Attack(
                "q-slots",
                "unsealed RAM, O_PATH, other files and devices at its slots; then the anchor dies",
                "not adopted, with a reason; the guest runs on",
                MonitorAttacks::slots),
            new Attack(
                "q-flight",
                "as many descriptors under way as the kernel lets one user have",
                "another VM's update, of another uid, completes",
                field -> {
                  String line = field.says("q-flight", seen -> seen.contains("in flight: "));
                  field.bystander().update();
                  return line;
                }),
            new Attack(
                "q-escape",
                "escape sequences on the console",
                "our tools print none of them",
                MonitorAttacks::escape)));
  }

  private static void apply(Field field, List<String> vms) throws IOException {
    for (String vm : vms) {
      field.apply(vm, Field.HOSTILE, "");
    }
  }

  private static Attack liar(String name, String what, String says) {
    return new Attack(
        name,
        what,
        "hung up on, and dialled again once a second at most",
        field -> {
          long began = System.nanoTime();
          String first = field.says(name, line -> line.contains(says));
          field.says(name, line -> line.contains(says) && line.contains("connection 3"));
          require(field.agent().residentBytes() < MOST_RESIDENT, "the node agent grew");
          return "%s; third after %.1f s".formatted(first, (System.nanoTime() - began) / 1e9);
        });
  }

  private static Attack silent(String name, String what) {
    return new Attack(
        name,
        what,
        "only its own VM waits",
        field -> {
          field.says(name, line -> line.contains(name + " begins"));
          field.bystander().update();
          return "the bystander's update completed meanwhile";
        });
  }

  private static String again(Field field) throws Exception {
    field.says("q-again", line -> line.contains("child: "));
    String uid = field.uidOf("q-again-vmm-1");
    field.agent().logged(line -> line.contains(uid) && line.contains("known already"));
    field.agent().logged(line -> line.contains(uid) && line.contains("not the first"));
    require(
        field.said("q-again").stream().noneMatch(line -> line.contains("answered")),
        "it was answered");
    return "refused each time";
  }

  private static String slots(Field field) throws Exception {
    String vm = "q-slots";
    field.says(vm, line -> line.contains("slots: changed"));
    try (var guest = Bystander.of(field.namespace(), vm)) {
      String anchor = field.uidOf(vm + "-anchor");
      for (long pid : NodeView.processes(anchor)) {
        if (Files.readString(Path.of("/proc/" + pid + "/comm")).startsWith("sleep")) {
          ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
      String line =
          field
              .agent()
              .logged(seen -> seen.contains("DESCRIPTOR_REFUSED") && seen.contains("SendPlan"));
      guest.requireUnharmed();
      return line.substring(line.indexOf("message="));
    }
  }

  private static String escape(Field field) throws Exception {
    try (var console = Console.follow(field.namespace(), "q-escape")) {
      String raw = console.await(PATIENCE, line -> line.contains("end of escape"));
      String printed = Console.printable(raw);
      require(raw.indexOf('\u001b') >= 0, "nothing arrived");
      require(printed.chars().noneMatch(Character::isISOControl), "printed: " + printed);
      var unused = field.namespace().await("q-escape", PATIENCE, TestNamespace::guestRuns);
      return "printed as " + printed;
    }
  }
}
