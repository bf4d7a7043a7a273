package dev.moult.broker.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** What a broker finds where an earlier one kept its records: torn, or from another release. */
class PodRecordFuzzTest {

  @FuzzTest(maxDuration = "")
  void text(byte[] text) {
    PodRecord record;
    try {
      record = PodRecord.parse(new String(text, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException refused) {
      return;
    }
    assertThat(PodRecord.parse(record.toText())).isEqualTo(record);
  }
}
