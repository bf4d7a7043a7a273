package dev.moult.linux.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.Poll;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TtyIT {
  @Test
  void rawPassesBytesAsTheyAreAndCanBeTakenBack() throws Exception {
    try (Fd master =
        Open.path(
            Path.of("/dev/ptmx"),
            OpenFlag.READ_WRITE,
            OpenFlag.NO_CONTROLLING_TTY,
            OpenFlag.NON_BLOCKING)) {
      // Given: a new terminal echoes, with a carriage return before each newline
      assertThat(Tty.isTty(master)).isTrue();
      assertThat(echoOf(master, "a\n")).isEqualTo("a\r\n");

      // When
      Tty.Settings before = Tty.makeRaw(master);

      // Then
      assertThat(FileControl.isNonBlocking(master)).isFalse();
      FileIo.write(master, bytes("b\n"));
      assertThat(Poll.readable(master, Deadline.inMillis(50))).isFalse();
      Tty.restore(master, before);
      assertThat(echoOf(master, "c\n")).isEqualTo("c\r\n");
    }
  }

  @Test
  void aStateIsPutBackAsItWas() throws Exception {
    try (Fd master =
        Open.path(Path.of("/dev/ptmx"), OpenFlag.READ_WRITE, OpenFlag.NO_CONTROLLING_TTY)) {
      // Given: what a console is
      Tty.makeRaw(master);
      Tty.State console = Tty.state(master);
      Tty.Settings echoing;
      try (Fd other =
          Open.path(Path.of("/dev/ptmx"), OpenFlag.READ_WRITE, OpenFlag.NO_CONTROLLING_TTY)) {
        echoing = Tty.settings(other);
      }

      // When: whoever holds it too spoils it
      Tty.restore(master, new Tty.State(echoing, true));
      assertThat(FileControl.isNonBlocking(master)).isTrue();
      assertThat(echoOf(master, "a\n")).isEqualTo("a\r\n");
      Tty.restore(master, console);

      // Then
      assertThat(FileControl.isNonBlocking(master)).isFalse();
      FileIo.write(master, bytes("b\n"));
      assertThat(Poll.readable(master, Deadline.inMillis(50))).isFalse();
    }
  }

  @Test
  void anythingElseIsNone() throws Exception {
    try (Fd file = Memfd.create("x", 0, Memfd.Pages.NORMAL)) {
      assertThat(Tty.isTty(file)).isFalse();
    }
  }

  private static String echoOf(Fd master, String text) throws Exception {
    FileIo.write(master, bytes(text));
    assertThat(Poll.readable(master, Deadline.in(Duration.ofSeconds(5)))).isTrue();
    return new String(FileIo.read(master, 100), StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
