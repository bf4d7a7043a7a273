package dev.moult.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFdIT {
  @TempDir Path directory;
  private Process child;
  private int pid;

  @BeforeEach
  void startAChildWithAParkedDescriptor() throws Exception {
    Path file = directory.resolve("parked");
    Files.writeString(file, "guest");
    child =
        new ProcessBuilder("bash", "-c", "exec 10<>" + file + "; echo ready; read x")
            .redirectErrorStream(true)
            .start();
    assertThat(child.inputReader().readLine()).isEqualTo("ready");
    pid = (int) child.pid();
  }

  @AfterEach
  void end() {
    child.destroyForcibly();
  }

  @Test
  void takesACopyOfADescriptor() throws Exception {
    try (PidFd process = PidFd.open(pid);
        Fd parked = process.getFd(10)) {
      assertThat(process.pid()).isEqualTo(pid);
      assertThat(FileControl.isCloseOnExec(parked)).isTrue();
      assertThat(FileControl.accessMode(parked)).isEqualTo(FileControl.AccessMode.READ_WRITE);
      assertThat(new String(FileIo.readAt(parked, 0, 100), StandardCharsets.US_ASCII))
          .isEqualTo("guest");
      refused(Errno.EBADF, () -> process.getFd(11));
    }
  }

  @Test
  void killsAndProvesTheDeath() throws Exception {
    try (PidFd process = PidFd.open(pid);
        ProcDirectory directory = ProcDirectory.of(process)) {
      // Given
      assertThat(process.isAlive()).isTrue();
      assertThat(process.awaitExit(Deadline.inMillis(10))).isFalse();

      // When
      process.kill();

      // Then
      assertThat(process.awaitExit(Deadline.in(Duration.ofSeconds(5)))).isTrue();
      assertThat(process.isAlive()).isFalse();
      process.kill(); // again, without effect
      child.waitFor();
      refused(Errno.ESRCH, process::pid);
      refused(Errno.ESRCH, () -> process.signal(Signal.TERM));
      refused(Errno.ESRCH, () -> directory.read("stat"));
      refused(Errno.ESRCH, () -> ProcDirectory.of(process));
    }
  }

  @Test
  void stopsAndContinues() throws Exception {
    try (PidFd process = PidFd.open(pid);
        ProcDirectory directory = ProcDirectory.of(process)) {
      process.signal(Signal.STOP);
      org.awaitility.Awaitility.await()
          .untilAsserted(() -> assertThat(directory.read("stat")).contains(") T "));
      assertThat(process.isAlive()).isTrue();
      process.signal(Signal.CONT);
      org.awaitility.Awaitility.await()
          .untilAsserted(() -> assertThat(directory.read("stat")).contains(") S "));
    }
  }

  @Test
  void readsWhatProcSaysAboutIt() throws Exception {
    try (PidFd process = PidFd.open(pid);
        ProcDirectory directory = ProcDirectory.of(process)) {
      assertThat(directory.command()).isEqualTo("bash");
      assertThat(directory.innermostPid()).isPositive();
      assertThat(directory.startTime()).isPositive();
      assertThat(directory.podContainer())
          .isEqualTo(PodContainer.parse(Files.readString(Path.of("/proc/" + pid + "/cgroup"))));
      assertThat(directory.descriptorName(10)).endsWith("/parked");
      try (Fd namespace = directory.networkNamespace();
          Fd ours = Open.path(Path.of("/proc/self/ns/net"))) {
        assertThat(FileStat.of(namespace).isSameFileAs(FileStat.of(ours))).isTrue();
      }

      // When
      directory.setOomScoreAdjustment(500);

      // Then
      assertThat(directory.read("oom_score_adj").strip()).isEqualTo("500");
    }
  }

  @Test
  void anInnerNamespaceHasItsOwnPids() throws Exception {
    Process inner =
        new ProcessBuilder("unshare", "--pid", "--fork", "sh", "-c", "echo ready; read x").start();
    try {
      assertThat(inner.inputReader().readLine()).isEqualTo("ready");
      int first = (int) inner.descendants().findFirst().orElseThrow().pid();
      try (PidFd process = PidFd.open(first);
          ProcDirectory directory = ProcDirectory.of(process)) {
        assertThat(directory.innermostPid()).isEqualTo(1);
      }
    } finally {
      inner.descendants().forEach(ProcessHandle::destroyForcibly);
      inner.destroyForcibly();
    }
  }

  @Test
  void anythingElseIsNoPidFd() throws Exception {
    refused(Errno.ESRCH, () -> PidFd.open(Integer.MAX_VALUE - 1));
    try (PidFd wrong = PidFd.adopt(Open.path(directory, OpenFlag.PATH))) {
      refused(Errno.EBADF, wrong::pid);
    }
  }

  private static void refused(Errno errno, ThrowingCallable c) {
    assertThatExceptionOfType(LinuxException.class)
        .isThrownBy(c)
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno));
  }
}
