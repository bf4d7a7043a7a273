package dev.moult.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeLockIT {
  @TempDir Path directory;

  private CompletableFuture<NodeLock> acquiring(Path path) {
    CompletableFuture<NodeLock> lock = new CompletableFuture<>();
    var unused =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                lock.complete(NodeLock.acquire(path));
              } catch (Exception e) {
                lock.completeExceptionally(e);
              }
            });
    return lock;
  }

  @Test
  void theSecondWaitsForTheFirst() throws Exception {
    Path path = Files.createFile(directory.resolve("lock"));
    NodeLock first = NodeLock.acquire(path);

    CompletableFuture<NodeLock> second = acquiring(path);
    await().during(Duration.ofMillis(200)).until(() -> !second.isDone());
    assertThat(flockIsHeld(path)).isTrue();

    first.close();
    second.get().close();
    assertThat(flockIsHeld(path)).isFalse();
  }

  @Test
  void theBrokersFileIsWaitedFor() throws Exception {
    Path path = directory.resolve("lock");
    CompletableFuture<NodeLock> lock = acquiring(path);
    await().during(Duration.ofMillis(200)).until(() -> !lock.isDone());

    var unused = Files.createFile(path);

    lock.get().close();
  }

  /** Asks flock(1), as any other program would see it. */
  private static boolean flockIsHeld(Path path) throws Exception {
    return new ProcessBuilder("flock", "--nonblock", path.toString(), "true").start().waitFor()
        != 0;
  }
}
