package dev.moult.broker.pod;

import dev.moult.broker.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** One file per pod on the host's tmpfs: outlives the broker, dies with the node. */
final class Records {
  private static final String NEW = ".new";

  private final Path directory;

  Records(Path directory) throws IOException {
    this.directory = directory;
    // Nobody else walks here, so the files' own bits do not matter.
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /** Replaces a pod's record whole, so that a reader never sees half of one. */
  void save(PodRecord record) {
    Path file = directory.resolve(record.expect().podUid());
    Path next = directory.resolve(record.expect().podUid() + NEW);
    try {
      Files.writeString(next, record.toText());
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // The pod works on; only a restarted broker would have to refuse what it cannot prove.
      Log.warn("record not written", "pod", record.expect().podUid(), "error", e.toString());
    }
  }

  void delete(String podUid) {
    try {
      Files.deleteIfExists(directory.resolve(podUid));
    } catch (IOException e) {
      Log.warn("record not deleted", "pod", podUid, "error", e.toString());
    }
  }

  /** All records there are. */
  List<PodRecord> load() throws IOException {
    var records = new ArrayList<PodRecord>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        try {
          if (file.toString().endsWith(NEW)) {
            Files.delete(file); // half written when the broker died: the old one counts
          } else {
            records.add(PodRecord.parse(Files.readString(file)));
          }
        } catch (IllegalArgumentException e) {
          Log.warn("record not understood", "file", file.toString(), "error", e.toString());
        }
      }
    }
    return records;
  }
}
