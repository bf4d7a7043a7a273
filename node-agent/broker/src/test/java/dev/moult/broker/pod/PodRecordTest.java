package dev.moult.broker.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.wire.PodStatus.Stage;
import dev.moult.wire.Request.Expect;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
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

  @Test
  void refuses_a_torn_record() {
    var record = new PodRecord(EXPECT, Stage.EXPECTED, null, List.of());
    String torn = record.toText().substring(0, 20);

    assertThatThrownBy(() -> PodRecord.parse(torn)).isInstanceOf(IllegalArgumentException.class);
  }
}
