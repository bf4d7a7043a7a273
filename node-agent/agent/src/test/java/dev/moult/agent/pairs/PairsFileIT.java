package dev.moult.agent.pairs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.pairs.KnownPairs.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A ConfigMap's directory as the kubelet makes and changes it. */
class PairsFileIT {
  private static final QemuVersion OLD = QemuVersion.of(10, 0, 2);
  private static final QemuVersion NEW = QemuVersion.of(11, 1, 3);
  private static final String OURS = "10.0.2;11.1.3;any;REFUSE;our clock drifts;INC-42\n";

  @TempDir Path directory;
  private final List<String> told = new CopyOnWriteArrayList<>();
  private int generation;

  @Test
  void withoutAConfigMapTheTableInTheJarCounts() throws Exception {
    try (PairsFile pairs = new PairsFile(directory.resolve("nothing"), this::tell)) {
      pairs.start();

      assertThat(verdict(pairs)).isEqualTo(Verdict.ALLOW);
      assertThat(told).isEmpty();
    }
  }

  @Test
  void changesAreFollowedAndABadOneChangesNothing() throws Exception {
    try (PairsFile pairs = new PairsFile(directory, this::tell)) {
      pairs.start();
      assertThat(verdict(pairs)).isEqualTo(Verdict.ALLOW);

      project(OURS);
      await().untilAsserted(() -> assertThat(verdict(pairs)).isEqualTo(Verdict.REFUSE));
      await().untilAsserted(() -> assertThat(told).hasSize(1));
      assertThat(told.getFirst()).startsWith("true ").contains("refuses 1 more pairs");

      project(OURS + "nonsense\n");
      await().untilAsserted(() -> assertThat(told).hasSize(2));
      assertThat(told.get(1)).startsWith("false ").contains("line 2").contains("stay");
      assertThat(verdict(pairs)).isEqualTo(Verdict.REFUSE);

      project("# nothing any more\n");
      await().untilAsserted(() -> assertThat(verdict(pairs)).isEqualTo(Verdict.ALLOW));
    }
  }

  @Test
  void whatIsThereAtTheStartCounts() throws Exception {
    project(OURS);
    try (PairsFile pairs = new PairsFile(directory, this::tell)) {
      pairs.start();

      assertThat(verdict(pairs)).isEqualTo(Verdict.REFUSE);
    }
  }

  private void tell(boolean good, String sentence) {
    told.add(good + " " + sentence);
  }

  private static Verdict verdict(PairsFile pairs) {
    return pairs.get().verdict(OLD, NEW, true).verdict();
  }

  /** A directory with the new content, and {@code ..data} turned to it at once. */
  private void project(String text) throws IOException {
    Path content = Files.createDirectory(directory.resolve("..v" + generation++));
    Files.writeString(content.resolve(PairsFile.NAME), text);
    Path link = directory.resolve("..data_tmp");
    Files.createSymbolicLink(link, content.getFileName());
    Files.move(
        link,
        directory.resolve("..data"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    Path file = directory.resolve(PairsFile.NAME);
    if (!Files.exists(file, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      Files.createSymbolicLink(file, Path.of("..data", PairsFile.NAME));
    }
  }
}
