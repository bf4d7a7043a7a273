package dev.moult.linux.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.Poll;
import dev.moult.linux.file.Inotify.Event;
import dev.moult.linux.file.Inotify.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InotifyIT {
  @TempDir Path directory;

  @Test
  void reportsNewAndGoneNames() throws Exception {
    try (Inotify inotify = Inotify.open();
        Fd root = Open.path(directory, OpenFlag.PATH)) {
      // Given
      int watch = inotify.watch(root, Set.of(Kind.CREATED, Kind.DELETED));
      assertThat(inotify.read()).isEmpty();

      // When
      Files.createFile(directory.resolve("agent.sock"));
      Files.createDirectory(directory.resolve("d"));
      Files.delete(directory.resolve("agent.sock"));

      // Then
      assertThat(Poll.readable(inotify.fd(), Deadline.in(Duration.ofSeconds(5)))).isTrue();
      assertThat(inotify.read())
          .containsExactly(
              new Event(watch, Set.of(Kind.CREATED), "agent.sock"),
              new Event(watch, Set.of(Kind.CREATED, Kind.IS_DIRECTORY), "d"),
              new Event(watch, Set.of(Kind.DELETED), "agent.sock"));
    }
  }

  @Test
  void reportsTheEndOfAWatch() throws Exception {
    try (Inotify inotify = Inotify.open()) {
      // Given
      int watch = inotify.watch(directory.toString(), Set.of(Kind.CREATED));

      // When
      inotify.unwatch(watch);

      // Then
      assertThat(inotify.read()).containsExactly(new Event(watch, Set.of(Kind.WATCH_GONE), ""));
    }
  }
}
