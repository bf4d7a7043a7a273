package dev.moult.e2e.hostile;

import static dev.moult.e2e.hostile.Require.require;

import java.util.List;

/**
 * A VMM image whose environment runs before the launcher: the pod's first process is hostile, and
 * the broker takes it for a launcher.
 */
final class LauncherAttacks {
  private static final List<String> VMS =
      List.of(
          "l-hellos",
          "l-large",
          "l-malformed",
          "l-descriptors",
          "l-silent",
          "l-child",
          "l-swap",
          "l-lurk");

  private LauncherAttacks() {}

  /** Two of them, for the short form. */
  static Group few() {
    return new Group(
        "the first process is no launcher",
        few -> apply(few, VMS.subList(0, 2)),
        all().subList(0, 2));
  }

  static Group group() {
    return new Group("the first process is no launcher", field -> apply(field, VMS), all());
  }

  private static void apply(Field field, List<String> vms) throws Exception {
    for (String vm : vms) {
      field.apply(vm, Field.HOSTILE, "");
    }
  }

  private static List<Attack> all() {
    return List.of(
        new Attack(
            "l-hellos",
            "dials and says hello with a probe of 60 KiB, without end",
            "the broker looks ten times a second at most",
            LauncherAttacks::hellos),
        new Attack(
            "l-large",
            "a hello that is a packet but fits no event to the agent",
            "refused; broker and agent stay connected",
            field -> {
              field.says("l-large", line -> line.contains("hello of 65,000 bytes: hung up"));
              return refused(field, "l-large", "launcher refused");
            }),
        new Attack(
            "l-malformed",
            "packets cut, of another version, with lengths that lie, of 100 KiB",
            "each refused, the broker lives",
            field -> {
              field.says("l-malformed", line -> line.contains("malformed: 100 sent"));
              return refused(field, "l-malformed", "launcher refused");
            }),
        new Attack(
            "l-descriptors",
            "253 descriptors with every packet",
            "refused, none kept",
            field -> {
              long before = field.agent().descriptors();
              field.says("l-descriptors", line -> line.contains("descriptors: 100 times"));
              long now = field.agent().descriptors();
              require(now < before + 100, "the broker keeps " + (now - before) + " descriptors");
              return "100 times; node agent has " + now + " descriptors, had " + before;
            }),
        new Attack(
            "l-silent",
            "says nothing, 64 others fill the queue",
            "hung up after the deadline",
            field -> field.says("l-silent", line -> line.contains("silent: hung up"))),
        new Attack(
            "l-child",
            "a process that is not the container's first dials",
            "refused by its pid",
            field -> {
              field.says("l-child", line -> line.contains("child: done"));
              require(
                  field.said("l-child").stream().noneMatch(line -> line.contains("answered")),
                  "a child was answered");
              String uid = field.uidOf("l-child-vmm-1");
              field.agent().logged(line -> line.contains(uid) && line.contains("not the first"));
              return "not the first process of its container";
            }),
        new Attack(
            "l-swap",
            "links, a directory and a socket of its own in agent.sock's place",
            "never followed, opened or changed; the broker binds elsewhere as before",
            field -> {
              field.says("l-swap", line -> line.contains("swap: 100 times"));
              return "100 times, nobody followed";
            }),
        new Attack(
            "l-lurk",
            "never asks for a plan, and looks around in the network",
            "no API server, no kubelet, no pod",
            field -> {
              field.says("l-lurk", line -> line.contains("reach: done"));
              return Require.nothingReached(field.said("l-lurk"));
            }));
  }

  private static String hellos(Field field) throws Exception {
    field.says("l-hellos", line -> line.contains("begins"));
    String uid = field.uidOf("l-hellos-vmm-1");
    field.agent().logged(line -> line.contains(uid) && line.contains("launcher refused"));
    long began = System.nanoTime();
    long before = field.agent().count(uid, "launcher refused");
    field.says("l-hellos", line -> line.contains("100 hellos"));
    field.agent().logged(line -> line.contains(uid) && line.contains("launcher refused"));
    long heard = field.agent().count(uid, "launcher refused") - before;
    double seconds = (System.nanoTime() - began) / 1e9;
    require(heard <= 12 * seconds + 12, heard + " hellos heard in " + seconds + " s");
    return "%d heard in %.1f s".formatted(heard, seconds);
  }

  private static String refused(Field field, String vm, String how) throws Exception {
    String uid = field.uidOf(vm + "-vmm-1");
    String line = field.agent().logged(seen -> seen.contains(uid) && seen.contains(how));
    return line.substring(line.indexOf(how)).replaceAll("pod=\\S+ ", "");
  }
}
