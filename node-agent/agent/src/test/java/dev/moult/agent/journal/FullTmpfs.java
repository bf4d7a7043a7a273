package dev.moult.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.mount.DetachedTmpfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A real tmpfs in place of the node's {@code /run}, to be filled up. */
public final class FullTmpfs implements AutoCloseable {
  private static final long BYTES = 256 * 1024;
  private static final int FILES = 40;

  private final Fd tmpfs;
  private final Path root;

  /** Made, empty. */
  public FullTmpfs() throws LinuxException {
    tmpfs = new DetachedTmpfs(BYTES, FILES, 0, 0, 0700).mount();
    root = Path.of(tmpfs.procPath());
  }

  /** Its root. */
  public Path root() {
    return root;
  }

  /** Until neither a byte nor a name has room. */
  public void fill() throws IOException {
    Path bytes = root.resolve("bytes");
    try (var file =
        Files.newOutputStream(bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      byte[] page = new byte[4096];
      while (bytes.toFile().length() <= BYTES) {
        file.write(page);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
    for (int i = 0; i < FILES; i++) {
      try {
        Files.createFile(root.resolve("name" + i));
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("No space left");
        return;
      }
    }
    throw new AssertionError("the file system does not get full");
  }

  /** As it was before it was filled. */
  public void free() throws IOException {
    Files.deleteIfExists(root.resolve("bytes"));
    for (int i = 0; i < FILES; i++) {
      Files.deleteIfExists(root.resolve("name" + i));
    }
  }

  @Override
  public void close() {
    tmpfs.close();
  }
}
