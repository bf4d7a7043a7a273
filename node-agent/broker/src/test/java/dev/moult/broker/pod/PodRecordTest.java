package dev.moult.broker.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Request.Expect;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodRecordTest {
  private static final Expect EXPECT = new Expect("pod-1", Role.ANCHOR, "vm-1", 100107);

  @Test
  void reads_what_it_wrote() {
    var record =
        new PodRecord(
            EXPECT,
            Stage.LAUNCHED,
            new PodRecord.Process(4711, 99_000, "c".repeat(64), "/opt/a b/java"),
            List.of(
                new SlotFacts(
                    10, SlotFacts.Kind.FILE, 1, 2, 0, 1L << 40, 39, SlotFacts.Access.READ_WRITE),
                new SlotFacts(11, SlotFacts.Kind.DIRECTORY, 9, 1, 0, 0, 0, SlotFacts.Access.PATH)));

    assertThat(PodRecord.parse(record.toText())).isEqualTo(record);
  }

  @Test
  void reads_a_pod_that_never_dialled() {
    var record = new PodRecord(EXPECT, Stage.EXPECTED, null, List.of());

    assertThat(PodRecord.parse(record.toText())).isEqualTo(record);
  }

  /** As written by the first broker; such files are never changed, see docs/architecture.md. */
  @Test
  void reads_what_the_first_broker_wrote() throws Exception {
    String text = Files.readString(Path.of("src/test/resources/dev/moult/broker/pod/record-1"));

    PodRecord record = PodRecord.parse(text);

    assertThat(record)
        .isEqualTo(
            new PodRecord(
                new Expect(
                    "11111111-5a3b-4a52-9d5e-0a4d2f9a7c11",
                    Role.ANCHOR,
                    "6f1c9d0e-5a3b-4a52-9d5e-0a4d2f9a7c11",
                    100107),
                Stage.LAUNCHED,
                new PodRecord.Process(
                    4711, 99_000, "c0ffee", "/opt/moult/launcher/runtime/bin/java"),
                List.of(
                    new SlotFacts(
                        10,
                        SlotFacts.Kind.FILE,
                        1,
                        2,
                        0,
                        1L << 40,
                        39,
                        SlotFacts.Access.READ_WRITE),
                    new SlotFacts(
                        11, SlotFacts.Kind.DIRECTORY, 9, 1, 0, 0, 0, SlotFacts.Access.PATH))));
    assertThat(record.toText()).as("today's is the same").isEqualTo(text);
  }

  @Test
  void reads_over_what_a_newer_broker_noted_beside() {
    var record =
        new PodRecord(
            EXPECT,
            Stage.LAUNCHED,
            null,
            List.of(
                new SlotFacts(11, SlotFacts.Kind.DIRECTORY, 9, 1, 0, 0, 0, SlotFacts.Access.PATH)));
    String newer = record.toText().replace("PATH", "PATH 4711") + "later=yes\n";

    assertThat(PodRecord.parse(newer)).isEqualTo(record);
  }

  @Test
  void refuses_a_torn_record() {
    var record = new PodRecord(EXPECT, Stage.EXPECTED, null, List.of());
    String torn = record.toText().substring(0, 20);

    assertThatThrownBy(() -> PodRecord.parse(torn)).isInstanceOf(IllegalArgumentException.class);
  }
}
