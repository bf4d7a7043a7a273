package dev.moult.agent.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalIT {
  @TempDir Path directory;

  @Test
  void playsHandoffsAndLeavesNothing() throws Exception {
    List<Long> pauses = Rehearsal.play(directory, 20);

    System.out.println("played pauses, microseconds: " + pauses);
    assertThat(pauses).hasSize(20);
    // The tenth is what the first real one is like; the first is what it would have been like.
    assertThat(pauses.subList(10, 20).stream().sorted().toList().get(5))
        .isLessThan(pauses.getFirst());
    try (var left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }
}
