package dev.moult.qemu.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.qemu.Recorded;
import dev.moult.qemu.probe.script.ProbeScript;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeReportTest {

  @ParameterizedTest
  @CsvSource({"10.0.2, pc-q35-10.0, qemu64-v1, 54926", "11.1.3, pc-q35-11.1, qemu64-v1, 72348"})
  void readsARecordedProbe(String version, String q35, String qemu64, int rawBytes)
      throws Exception {
    byte[] transcript = Recorded.bytes("probe/" + version + ".txt");
    byte[] packed = ProbeScript.pack(transcript, transcript.length);
    ProbeReport report = ProbeReport.parse(packed);

    assertThat(transcript).hasSize(rawBytes);
    assertThat(packed.length).isLessThan(ProbeScript.MAX_PACKED / 4);
    assertThat(report.version().numbers()).isEqualTo(version);
    assertThat(report.supportsCprTransfer()).isTrue();
    assertThat(report.machineType(q35))
        .get()
        .satisfies(type -> {
          assertThat(type.alias()).isEqualTo("q35");
          assertThat(type.maxCpus()).isGreaterThan(200);
        });
    assertThat(report.cpuModels())
        .contains(new ProbeReport.CpuModel("qemu64", qemu64, false))
        .contains(new ProbeReport.CpuModel("qemu64-v1", null, false));
  }

  @Test
  void knowsWhenTheLastAnswerIsThere() {
    byte[] transcript = Recorded.bytes("probe/11.1.3.txt");
    assertThat(ProbeScript.answered(transcript, transcript.length)).isTrue();
    assertThat(ProbeScript.answered(transcript, transcript.length - 10)).isFalse();
    assertThat(ProbeScript.answered(transcript, 0)).isFalse();
  }

  @Test
  void refusesToPackTooMuch() {
    assertThatThrownBy(
            () -> ProbeScript.pack(new byte[ProbeScript.MAX_RAW + 1], ProbeScript.MAX_RAW + 1))
        .hasMessageContaining("more than");
    byte[] noise = new byte[ProbeScript.MAX_PACKED * 2];
    new java.util.Random(1).nextBytes(noise);
    assertThatThrownBy(() -> ProbeScript.pack(noise, noise.length)).hasMessageContaining("packed");
  }

  @Test
  void refusesWhatAHostileImageSays() throws Exception {
    refused(new byte[0], "cut short");
    refused(new byte[] {1, 2, 3}, "broken");
    refused(new byte[ProbeScript.MAX_PACKED + 1], "too large");
    byte[] good = deflate(Recorded.text("probe/11.1.3.txt"));
    refused(Arrays.copyOf(good, good.length / 2), "cut short");
    refused(deflate("x".repeat(ProbeScript.MAX_RAW + 1)), "inflates to too much");
    refused(deflate("hello\n"), "bad JSON");
    refused(deflate("{}\n"), "no greeting");
    String greeting =
        "{\"QMP\":{\"version\":{\"qemu\":{\"major\":11,\"minor\":1,\"micro\":3},\"package\":\"\"}}}\n";
    refused(deflate(greeting), "no list of machine types");
    refused(
        deflate(
            greeting
                + "{\"id\":\"machines\",\"return\":[{\"name\":\"q35,accel=x\"}]}\n"
                + "{\"id\":\"cpus\",\"return\":[]}\n"),
        "a strange name");
    refused(
        deflate(
            greeting + "{\"id\":\"machines\",\"return\":[{}]}\n{\"id\":\"cpus\",\"return\":[]}\n"),
        "no name");
  }

  private static void refused(byte[] packed, String message) {
    assertThatThrownBy(() -> ProbeReport.parse(packed))
        .isInstanceOf(ProbeFormatException.class)
        .hasMessageContaining(message);
  }

  private static byte[] deflate(String text) throws Exception {
    var bytes = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(bytes)) {
      deflater.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }
}
