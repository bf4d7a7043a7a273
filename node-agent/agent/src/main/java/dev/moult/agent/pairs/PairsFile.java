package dev.moult.agent.pairs;

import dev.moult.qemu.pairs.KnownPairs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The table of version pairs with the lines of a file before it. A file that cannot be read as such
 * changes nothing: the table that was good stays, and it is said.
 */
public final class PairsFile implements Supplier<KnownPairs>, AutoCloseable {
  /** The file, and the ConfigMap's key. */
  public static final String NAME = "known-pairs.csv";

  private static final Logger LOG = Logger.getLogger(PairsFile.class);

  /** No ConfigMap is larger. */
  private static final long MAX_BYTES = 1 << 20;

  private final Path directory;
  private final Teller teller;
  private volatile KnownPairs pairs = KnownPairs.bundled();
  private String read = "";
  private @Nullable WatchService watch;

  /** Who passes on what became of the file. */
  @FunctionalInterface
  public interface Teller {
    /**
     * The file was read.
     *
     * @param good whether its lines count from now on
     * @param sentence for people
     */
    void read(boolean good, String sentence);
  }

  /**
   * Over a directory, which need not exist.
   *
   * @param directory where a ConfigMap is mounted: its files change by a link being replaced
   * @param teller called at the start if there is a file, and after each change
   */
  public PairsFile(Path directory, Teller teller) {
    this.directory = directory;
    this.teller = teller;
  }

  /** Reads it, and begins to watch it. */
  public void start() throws IOException {
    if (Files.isDirectory(directory)) {
      WatchService service = directory.getFileSystem().newWatchService();
      var unused =
          directory.register(
              service,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE);
      watch = service;
      var unusedToo = Thread.ofPlatform().daemon().name("known-pairs").start(() -> follow(service));
    }
    readAgain();
  }

  @Override
  public KnownPairs get() {
    return pairs;
  }

  private void follow(WatchService service) {
    try {
      WatchKey key;
      do {
        key = service.take();
        key.pollEvents().clear();
        readAgain();
      } while (key.reset());
    } catch (ClosedWatchServiceException e) {
      return; // the agent ends
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void readAgain() {
    String text;
    try {
      text = text();
    } catch (IOException e) {
      tell(false, NAME + " cannot be read, the pairs known before stay: " + e.getMessage());
      return;
    }
    if (text.equals(read)) {
      return;
    }
    read = text;
    try {
      pairs = KnownPairs.bundled().extendedBy(text);
    } catch (IllegalArgumentException e) {
      tell(false, NAME + " is not used, the pairs known before stay: " + e.getMessage());
      return;
    }
    long lines = text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).count();
    tell(true, NAME + " refuses " + lines + " more pairs of QEMU versions.");
  }

  private String text() throws IOException {
    Path file = directory.resolve(NAME);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException("more than " + MAX_BYTES + " bytes");
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private void tell(boolean good, String sentence) {
    if (good) {
      LOG.info(sentence);
    } else {
      LOG.warn(sentence);
    }
    teller.read(good, sentence);
  }

  @Override
  public void close() throws IOException {
    WatchService service = watch;
    if (service != null) {
      service.close();
    }
  }
}
