package dev.moult.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.watch.PodVolumes;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.BootSpec;
import dev.moult.api.v1alpha1.ContainerDisk;
import dev.moult.api.v1alpha1.DiskSpecBuilder;
import dev.moult.api.v1alpha1.EmptyDisk;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.qemu.testing.WritingGuest;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The screen of a guest that boots by BIOS: what its firmware wrote there is seen. */
class ScreenIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int MOST_VIEWERS = 4;

  /** It blinks: more pixels than it has. */
  private static final int CURSOR = 64;

  @TempDir Path directory;
  private TestNode node;

  @BeforeEach
  void begin() throws Exception {
    Path volumes = directory.resolve("volumes");
    Files.createDirectories(volumes.resolve("scratch"));
    Path root = Files.createDirectories(volumes.resolve("disk-root"));
    Path unused = WritingGuest.image(root, 8 << 20);
    node = new TestNode(directory);
    node.wish(
        spec ->
            spec.boot(new BootSpec(null, FirmwareType.BIOS))
                .disks(
                    List.of(
                        DiskSpecBuilder.builder()
                            .name("root")
                            .bootOrder(1)
                            .containerDisk(new ContainerDisk("guest", "/guest.raw"))
                            .build(),
                        DiskSpecBuilder.builder()
                            .name("data")
                            .bootOrder(2) // SeaBIOS knows no other disks
                            .emptyDisk(new EmptyDisk(new Quantity("4Mi")))
                            .build())),
        new PodVolumes(Set.of(), java.util.Map.of()));
  }

  @AfterEach
  void end() throws Exception {
    node.close();
  }

  @Test
  void showsWhatTheFirmwareWroteBeforeAndAfterAnUpdate() throws Exception {
    String unused = node.boot("10.0.2");
    awaitDot();

    try (ScreenPeek before = awaitScreen()) {
      before.begin();
      int lit = before.lit();
      assertThat(lit).as("pixels of SeaBIOS's text").isGreaterThan(500);

      String update = node.update("11.1.3");
      await().atMost(SOON).untilAsserted(() -> assertThat(node.result(update)).isNotNull());
      var result = Objects.requireNonNull(node.result(update));
      assertThat(result.verdict()).as(String.valueOf(result)).isEqualTo(End.COMMITTED);
      System.out.printf(
          "update with somebody at the screen: pause %d µs, %d pixels lit%n",
          result.pauseMicros(), lit);

      before.awaitEnd(); // with the old QEMU
      try (ScreenPeek after = awaitScreen()) {
        after.begin();
        assertThat(after.lit()).as("the same text").isCloseTo(lit, within(CURSOR));
      }
    }
  }

  @Test
  void isShownToSoManyAtOnceAndToThemAlone() throws Exception {
    String unused = node.boot("11.1.3");
    awaitDot();
    var viewers = new ArrayList<ScreenPeek>();
    viewers.add(awaitScreen());
    viewers.getFirst().begin();
    while (viewers.size() < MOST_VIEWERS) {
      viewers.add(new ScreenPeek(node.broker().screen(ApiNames.SCREEN_PORT)));
      viewers.getLast().begin();
    }

    try (var oneMore = new ScreenPeek(node.broker().screen(ApiNames.SCREEN_PORT))) {
      assertThat(oneMore.isGreeted()).isFalse();
    }
    for (ScreenPeek viewer : viewers) {
      assertThat(viewer.lit()).as("they are left alone").isGreaterThan(500);
    }
    viewers.getFirst().close();
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          try (var next = new ScreenPeek(node.broker().screen(ApiNames.SCREEN_PORT))) {
            assertThat(next.isGreeted()).as("there is room again").isTrue();
          }
        });
    for (ScreenPeek viewer : viewers) {
      viewer.close();
    }
  }

  /** The guest has begun to write its disks: its firmware is done. */
  private void awaitDot() throws Exception {
    await().atMost(SOON).until(() -> node.broker().hasConsole());
    assertThat(node.broker().console().await("\\.", SOON)).isEqualTo(".");
  }

  private ScreenPeek awaitScreen() {
    return await()
        .atMost(SOON)
        .ignoreExceptionsMatching(
            e -> e instanceof IOException || e instanceof NullPointerException)
        .until(() -> new ScreenPeek(node.broker().screen(ApiNames.SCREEN_PORT)), Objects::nonNull);
  }
}
