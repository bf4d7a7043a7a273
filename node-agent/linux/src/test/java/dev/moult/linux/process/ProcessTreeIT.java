package dev.moult.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessTreeIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void stopsEveryThreadOfEveryProcessAndLetsAllGoOn() throws Exception {
    Process root = start("sh -c 'while :; do :; done; :' & while :; do :; done");
    Awaitility.await().atMost(SOON).until(() -> root.descendants().count() == 1);
    List<Long> all = new ArrayList<>(List.of(root.pid()));
    root.descendants().forEach(process -> all.add(process.pid()));

    try (PidFd process = PidFd.open((int) root.pid());
        ProcessTree tree = ProcessTree.of(process)) {
      // When
      assertThat(tree.stop(Deadline.in(SOON))).isTrue();

      // Then
      assertThat(tree.size()).isEqualTo(2);
      assertThat(all).allSatisfy(pid -> assertThat(states(pid)).containsOnly("T"));

      // When
      tree.resume();

      // Then
      assertThat(all).allSatisfy(pid -> assertThat(states(pid)).doesNotContain("T"));
    }
  }

  @Test
  void stopsAllThreadsOfOneThatHasMany() throws Exception {
    Process java = new ProcessBuilder(System.getProperty("java.home") + "/bin/jshell").start();
    started.add(java);
    Awaitility.await().atMost(SOON).until(() -> states(java.pid()).size() > 10);
    try (PidFd process = PidFd.open((int) java.pid());
        ProcessTree tree = ProcessTree.of(process)) {
      long began = System.nanoTime();
      assertThat(tree.stop(Deadline.in(SOON))).isTrue();
      System.out.printf(
          "%d threads, %d processes stopped in %d µs%n",
          states(java.pid()).size(), tree.size(), (System.nanoTime() - began) / 1_000);
      assertThat(states(java.pid())).containsOnly("T");
    }
  }

  /** An agent that comes after another knows no tree: it finds what was stopped by itself. */
  @Test
  void letsGoOnWhatAnotherHasStopped() throws Exception {
    Process root = start("sleep 1000 & sleep 1000");
    Awaitility.await().atMost(SOON).until(() -> root.descendants().count() == 2);
    List<Long> all = new ArrayList<>(List.of(root.pid()));
    root.descendants().forEach(process -> all.add(process.pid()));
    try (PidFd process = PidFd.open((int) root.pid())) {
      try (ProcessTree first = ProcessTree.of(process)) {
        assertThat(first.stop(Deadline.in(SOON))).isTrue();
      }
      assertThat(all).allSatisfy(pid -> assertThat(states(pid)).containsOnly("T"));

      try (ProcessTree second = ProcessTree.of(process)) {
        second.resume();
      }

      assertThat(all).allSatisfy(pid -> assertThat(states(pid)).doesNotContain("T"));
    }
  }

  /** A process that makes others as fast as it can is stopped with all that it made. */
  @Test
  void stopsOneThatForks() throws Exception {
    Process root = start("while :; do sleep 1000 & read -t 0.01 nothing; done");
    Awaitility.await().atMost(SOON).until(() -> root.descendants().count() > 5);
    try (PidFd process = PidFd.open((int) root.pid());
        ProcessTree tree = ProcessTree.of(process)) {
      assertThat(tree.stop(Deadline.in(SOON))).isTrue();
      List<Long> all = new ArrayList<>(List.of(root.pid()));
      root.descendants().forEach(child -> all.add(child.pid()));
      assertThat(all).hasSize(tree.size());
      assertThat(all).allSatisfy(pid -> assertThat(states(pid)).containsOnly("T"));
    }
  }

  @Test
  void oneThatNeverStopsIsNotSaidToBeStopped() throws Exception {
    // vfork: the parent hangs in the kernel, deaf to SIGSTOP, until the child is another program.
    Process root =
        start(
            "exec python3 -c 'import ctypes, time\n"
                + "libc = ctypes.CDLL(None)\n"
                + "pid = libc.syscall(56, 0x4000 | 17, 0, 0, 0, 0)\n"
                + "time.sleep(1000)'");
    Awaitility.await().atMost(SOON).until(() -> states(root.pid()).contains("D"));
    try (PidFd process = PidFd.open((int) root.pid());
        ProcessTree tree = ProcessTree.of(process)) {
      assertThat(tree.stop(Deadline.inMillis(50))).isFalse();
      tree.resume();
    }
  }

  @Test
  void theDeadIsSaidToBeDead() throws Exception {
    Process root = start("sleep 1000");
    try (PidFd process = PidFd.open((int) root.pid());
        ProcessTree tree = ProcessTree.of(process)) {
      process.kill();
      assertThat(process.awaitExit(Deadline.in(SOON))).isTrue();
      root.waitFor();

      assertThatExceptionOfType(LinuxException.class)
          .isThrownBy(() -> tree.stop(Deadline.in(SOON)))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
      assertThatExceptionOfType(LinuxException.class)
          .isThrownBy(() -> ProcessTree.of(process))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
    }
  }

  private Process start(String script) throws IOException {
    Process process = new ProcessBuilder("bash", "-c", script + "; :").start();
    started.add(process);
    return process;
  }

  /** The states of all threads. */
  private static List<String> states(long pid) throws IOException {
    List<String> states = new ArrayList<>();
    try (var tasks = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks) {
        String stat = Files.readString(task.resolve("stat"));
        states.add(stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
      }
    }
    return states;
  }
}
