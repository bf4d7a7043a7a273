package dev.moult.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.wire.LaunchReason;
import dev.moult.wire.Probe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuProbeTest {
  private static final String MARK = "86399";

  @TempDir Path directory;

  @Test
  void aQemuThatHangsIsEndedAtTheLimitAndToldApart() throws Exception {
    String hangs = program("hangs-" + MARK, "exec sleep " + MARK);
    QemuProbe probe = QemuProbe.start(hangs, Duration.ofMillis(100));
    ProcessHandle child =
        await()
            .atMost(Duration.ofSeconds(30))
            .until(this::child, Optional::isPresent)
            .orElseThrow();

    Probe found = probe.await();

    assertThat(child.isAlive()).isFalse();
    assertThat(found)
        .isEqualTo(
            Probe.failed(
                LaunchReason.QEMU_PROBE_FAILED,
                hangs
                    + " did not answer its probe within 100 ms: the node is overloaded, or the"
                    + " image's QEMU hangs"));
    assertThat(probe.await()).as("what the next broker is told").isEqualTo(found);
  }

  @Test
  void aQemuThatEndsIsNotToldAsOneThatHangs() throws Exception {
    String ends = program("ends", "echo no libz >&2; echo >&2; read request; exit 1");

    Probe found = QemuProbe.start(ends, Duration.ofSeconds(30)).await();

    assertThat(found)
        .isEqualTo(
            Probe.failed(
                LaunchReason.QEMU_PROBE_FAILED,
                ends + " ended before it had answered its probe: no libz"));
  }

  @Test
  void aQemuThatEndsSilentlyIsToldSo() throws Exception {
    Probe found =
        QemuProbe.start(program("ends", "exec 0<&-; exit 1"), Duration.ofSeconds(30)).await();

    assertThat(found.message()).endsWith("answered its probe: it did not say why");
  }

  @Test
  void theLimitIsToldInSeconds() throws Exception {
    QemuProbe probe = QemuProbe.start(program("sleeps", "exec sleep 30"), Duration.ZERO);

    assertThat(probe.await().message()).contains("within 0 s:");
  }

  private Optional<ProcessHandle> child() {
    return ProcessHandle.current()
        .children()
        .filter(process -> process.info().commandLine().orElse("").contains(MARK))
        .findFirst();
  }

  private String program(String name, String body) throws Exception {
    Path file = directory.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }
}
