package dev.moult.broker.pod;

import dev.moult.wire.ImageFacts;
import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Request.Expect;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What outlives the broker about one pod, as lines of text.
 *
 * @param expect what was asked for
 * @param stage how far the pod is
 * @param process its process; null before it was proved
 * @param facts what its slots hold, once launched
 * @param images what the disks among them are, as its launcher said
 */
record PodRecord(
    Expect expect,
    Stage stage,
    @Nullable Process process,
    List<SlotFacts> facts,
    List<ImageFacts> images) {
  private static final String SLOT = "slot";
  private static final String IMAGE = "image";

  /**
   * A proved process.
   *
   * @param pid its number on the node
   * @param startTime clock ticks from boot to its start
   * @param containerId its container
   * @param program its program when it was proved: the launcher's Java
   */
  record Process(int pid, long startTime, String containerId, String program) {}

  PodRecord {
    facts = List.copyOf(facts);
    images = List.copyOf(images);
  }

  PodRecord(Expect expect, Stage stage, @Nullable Process process, List<SlotFacts> facts) {
    this(expect, stage, process, facts, List.of());
  }

  String toText() {
    var text = new StringBuilder();
    line(text, "pod", expect.podUid());
    line(text, "role", expect.role().name());
    line(text, "vm", expect.vmUid());
    line(text, "uid", Integer.toString(expect.uid()));
    line(text, "stage", stage.name());
    if (process != null) {
      line(text, "pid", Integer.toString(process.pid));
      line(text, "start", Long.toString(process.startTime));
      line(text, "container", process.containerId);
      line(text, "program", process.program);
    }
    for (SlotFacts fact : facts) {
      line(
          text,
          SLOT,
          String.join(
              " ",
              Integer.toString(fact.slot()),
              fact.kind().name(),
              Long.toString(fact.device()),
              Long.toString(fact.inode()),
              Long.toString(fact.rdev()),
              Long.toString(fact.size()),
              Integer.toString(fact.seals()),
              fact.access().name()));
    }
    for (ImageFacts image : images) {
      line(
          text,
          IMAGE,
          String.join(
              " ",
              Integer.toString(image.slot()),
              image.format().name(),
              Long.toString(image.bytes()),
              Boolean.toString(image.direct())));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String key, String value) {
    text.append(key).append('=').append(value).append('\n');
  }

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException when it is not one of ours, or torn
   */
  static PodRecord parse(String text) {
    Map<String, String> values = new HashMap<>();
    var facts = new ArrayList<SlotFacts>();
    var images = new ArrayList<ImageFacts>();
    for (String line : text.split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals < 0) {
        continue;
      }
      String key = line.substring(0, equals);
      String value = line.substring(equals + 1);
      if (key.equals(SLOT)) {
        facts.add(fact(value));
      } else if (key.equals(IMAGE)) {
        images.add(image(value));
      } else {
        values.put(key, value);
      }
    }
    Expect expect =
        new Expect(
            of(values, "pod"),
            Role.valueOf(of(values, "role")),
            of(values, "vm"),
            Integer.parseInt(of(values, "uid")));
    Process process =
        values.containsKey("pid")
            ? new Process(
                Integer.parseInt(of(values, "pid")),
                Long.parseLong(of(values, "start")),
                of(values, "container"),
                of(values, "program"))
            : null;
    return new PodRecord(expect, Stage.valueOf(of(values, "stage")), process, facts, images);
  }

  private static String of(Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no line " + key);
    }
    return value;
  }

  private static ImageFacts image(String value) {
    String[] parts = value.split(" ", -1);
    if (parts.length < 4) {
      throw new IllegalArgumentException("an image of " + parts.length + " words");
    }
    return new ImageFacts(
        Integer.parseInt(parts[0]),
        ImageFacts.Format.valueOf(parts[1]),
        Long.parseLong(parts[2]),
        Boolean.parseBoolean(parts[3]));
  }

  private static SlotFacts fact(String value) {
    String[] parts = value.split(" ", -1);
    if (parts.length < 8) { // a newer broker may have noted more
      throw new IllegalArgumentException("a slot of " + parts.length + " words");
    }
    return new SlotFacts(
        Integer.parseInt(parts[0]),
        SlotFacts.Kind.valueOf(parts[1]),
        Long.parseLong(parts[2]),
        Long.parseLong(parts[3]),
        Long.parseLong(parts[4]),
        Long.parseLong(parts[5]),
        Integer.parseInt(parts[6]),
        SlotFacts.Access.valueOf(parts[7]));
  }
}
