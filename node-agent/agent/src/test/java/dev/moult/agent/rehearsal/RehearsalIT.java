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
    assertThat(pauses).allSatisfy(pause -> assertThat(pause).isBetween(1L, 2_000_000L));
    try (var left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }
}
