package dev.moult.qemu.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.qemu.probe.ProbeReport;
import dev.moult.qemu.probe.script.ProbeScript;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeIT {

  @ParameterizedTest
  @CsvSource({"10.0.2, pc-q35-10.0", "11.1.3, pc-q35-11.1"})
  void asksARealQemu(String version, String q35) throws Exception {
    long start = System.nanoTime();
    ProbeReport report = ProbeReport.parse(probe(version));
    System.out.printf(
        "probe of %s: %d ms%n", report.version(), (System.nanoTime() - start) / 1_000_000);

    assertThat(report.version().numbers()).isEqualTo(version);
    assertThat(report.version().distribution()).startsWith("Debian 1:" + version);
    assertThat(report.machineType(q35)).get().extracting("alias").isEqualTo("q35");
    assertThat(report.machineType("pc-q35-10.0")).isPresent();
    assertThat(report.cpuModels()).hasSizeGreaterThan(100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.2", "11.1.3"})
  void aQemuWhoseAnswersWaitToBeReadKeepsThemAll(String version) throws Exception {
    Process qemu = asked(version);
    try (InputStream output = qemu.getInputStream()) {
      await().atMost(Duration.ofSeconds(30)).until(() -> output.available() > 50_000);

      assertThat(qemu.waitFor(1, TimeUnit.SECONDS)).as("it ends with what it has to say").isFalse();
      assertThat(ProbeReport.parse(answers(output)).cpuModels()).hasSizeGreaterThan(100);
    } finally {
      qemu.destroyForcibly();
    }
  }

  private static byte[] probe(String version) throws Exception {
    Process qemu = asked(version);
    try (InputStream output = qemu.getInputStream()) {
      return answers(output);
    } finally {
      qemu.destroyForcibly();
    }
  }

  private static Process asked(String version) throws Exception {
    List<String> command = new ArrayList<>(RealQemu.command(version));
    ProbeScript.command("qemu").stream().skip(1).forEach(command::add);
    Process qemu = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    qemu.getOutputStream().write(ProbeScript.requests());
    qemu.getOutputStream().flush();
    return qemu;
  }

  private static byte[] answers(InputStream output) throws Exception {
    byte[] transcript = new byte[ProbeScript.MAX_RAW];
    int length = 0;
    while (!ProbeScript.answered(transcript, length)) {
      int count = output.read(transcript, length, transcript.length - length);
      assertThat(count).isPositive();
      length += count;
    }
    return ProbeScript.pack(transcript, length);
  }
}
