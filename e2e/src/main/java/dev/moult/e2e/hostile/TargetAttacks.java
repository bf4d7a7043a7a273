package dev.moult.e2e.hostile;

import static dev.moult.e2e.hostile.Require.require;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.e2e.cluster.Console;
import dev.moult.e2e.cluster.TestNamespace;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** One side of a live update is hostile: the guest is to stay where it is, and whole. */
final class TargetAttacks {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final List<String> TARGETS =
      List.of("b-spoil", "b-frozen", "b-chatter", "b-unread", "b-dies");
  private static final String SOURCE = "q-relay";

  private TargetAttacks() {}

  static Group group() {
    return new Group(
        "one side of an update is hostile",
        field -> {
          for (String vm : TARGETS) {
            field.apply(vm, Field.OLD, "");
          }
          field.apply(SOURCE, Field.HOSTILE, "");
        },
        List.of(
            target(
                "b-spoil",
                "leaves tap (header, carrier, buffer) and terminal (modes, flow) changed",
                "tty: modes 0, flags 0, stopped 0"),
            target(
                "b-frozen",
                "a full queue on the cpr socket, nobody looks",
                "callers, then Resource"),
            target(
                "b-chatter",
                "says 64 KiB a time on the cpr channel instead of listening",
                "chatter: connected"),
            target("b-unread", "accepts the cpr channel and never reads", "unread: connected"),
            target("b-dies", "exits at once", ""),
            new Attack(
                SOURCE,
                "connects to the relay before the old QEMU, with 200 descriptors",
                "rolled back, the guest runs on",
                field -> {
                  String seen = tried(field, SOURCE, Field.NEW, "");
                  field.says(SOURCE, line -> line.contains("relay: connected first"));
                  return seen;
                })));
  }

  /**
   * An update to the hostile image.
   *
   * @param says what its new QEMU says when it has done its worst; empty: it ends too soon to be
   *     heard
   */
  private static Attack target(String name, String what, String says) {
    return new Attack(
        name,
        what,
        "rolled back with a reason; guest, console and connections as before",
        field -> tried(field, name, Field.HOSTILE, says));
  }

  private static String tried(Field field, String vm, String image, String says) throws Exception {
    try (var guest = Bystander.of(field.namespace(), vm);
        var console = Console.follow(field.namespace(), vm)) {
      field.namespace().setImage(vm, image);
      if (!says.isEmpty()) {
        field.saysIn(vm + "-vmm-2", line -> line.contains(says));
      }
      LiveUpdate update = field.namespace().awaitUpdateOf(vm, PATIENCE, TestNamespace::ended);
      var status = Objects.requireNonNull(update.getStatus());
      require(status.phase() != LiveUpdatePhase.COMPLETED, "the update completed");
      require(status.phase() != LiveUpdatePhase.FAILED, "the guest was lost: " + status.message());
      guest.requireUnharmed();
      long seen = console.lines().size();
      console.await(PATIENCE, line -> line.contains("tick") && console.lines().size() > seen + 2);
      return status.phase() + ", " + status.reason();
    }
  }
}
