package dev.moult.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Fd;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.file.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A JVM of its own becomes a shell, as a launcher becomes QEMU. */
class ProcessImageIT {
  private static final String SCRIPT =
      """
      for f in /proc/self/fd/*; do echo "fd ${f##*/}"; done
      echo "ten $(cat /proc/self/fd/10)"
      echo "four $(cat /proc/self/fd/4)"
      grep Threads /proc/self/status
      echo "env $(env | grep -vE '^(PWD|SHLVL|_|OLDPWD)=' | sort | tr '\\n' ' ')"
      echo "args $0 $1"
      """;

  @Test
  void theProgramHasExactlyWhatItWasGiven() throws Exception {
    // When
    Ended ended = launch("good");

    // Then
    assertThat(ended.status()).as(ended.output()).isZero();
    List<String> lines = ended.output().lines().toList();
    // 3 is the glob's own directory; the JVM's files and the parked pipe are gone.
    assertThat(lines.stream().filter(l -> l.startsWith("fd ")))
        .containsExactlyInAnyOrder("fd 0", "fd 1", "fd 2", "fd 3", "fd 4", "fd 5", "fd 10");
    assertThat(lines).contains("ten first", "four second", "env A=1 B=two words ");
    assertThat(lines).contains("args qemu --flag");
    assertThat(lines).anyMatch(l -> l.matches("Threads:\\s+1"));
  }

  @Test
  void exactlyTheSignalsGivenAreBlocked() throws Exception {
    // When: not by a shell, which clears its mask
    Ended ended = launch("mask");

    // Then: HUP, INT and TERM; the JVM's own blocked signals are not handed on
    assertThat(ended.output()).matches("SigBlk:\\s+0000000000004003\n");
  }

  @Test
  void aProgramThatIsNotThereEndsTheProcessWithASentence() throws Exception {
    // When
    Ended ended = launch("missing");

    // Then
    assertThat(ended.status()).isEqualTo(ProcessImage.FAILED);
    assertThat(ended.output()).contains("moult: cannot execute /no/such/program: errno 002\n");
    assertThat(ended.output()).doesNotContain("returned");
  }

  @Test
  void aBadNumberIsRefusedWhileTheJvmIsWhole() throws Exception {
    // When
    Ended ended = launch("bad");

    // Then
    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.output()).contains("refused dup2: EBADF");
  }

  private record Ended(int status, String output) {}

  private static Ended launch(String what) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xshare:auto",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Launcher.class.getName(),
                what)
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  /** Runs in the other JVM. */
  static final class Launcher {
    public static void main(String[] arguments) throws Exception {
      Pipe notPassed = Pipe.open();
      Fd first = file("first");
      Fd second = file("second");
      Map<Integer, Fd> descriptors = new LinkedHashMap<>();
      // Each number is one that the JVM or the other descriptor has now.
      descriptors.put(10, first);
      descriptors.put(4, second);
      descriptors.put(5, notPassed.writer());
      if (arguments[0].equals("bad")) {
        descriptors.put(-1, first);
      }
      ProcessImage image =
          new ProcessImage(
              switch (arguments[0]) {
                case "missing" -> "/no/such/program";
                case "mask" -> "/bin/grep";
                default -> "/bin/sh";
              },
              arguments[0].equals("mask")
                  ? List.of("grep", "SigBlk", "/proc/self/status")
                  : List.of("sh", "-c", SCRIPT, "qemu", "--flag"),
              Map.of("A", "1", "B", "two words"),
              descriptors,
              Set.of(Signal.TERM, Signal.INT, Signal.HUP));
      try {
        image.become();
        System.out.println("returned");
      } catch (dev.moult.linux.LinuxException e) {
        System.out.println("refused " + e.getMessage());
        System.exit(3);
      }
    }

    private static Fd file(String text) throws Exception {
      Fd fd = Memfd.create(text, 0, Memfd.Pages.NORMAL);
      FileIo.writeAt(fd, 0, text.getBytes(StandardCharsets.US_ASCII));
      return fd;
    }
  }
}
