package dev.moult.agent.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** The journals of all VMs of the node: one directory each, named by the VM's uid. */
public final class Journal {
  private final Path root;

  /** Over a directory of the host's tmpfs, {@code /run/moult/vms}. */
  public Journal(Path root) {
    this.root = root;
  }

  /** Where the VMs' directories lie. */
  public Path root() {
    return root;
  }

  /** The journal of one VM; it need not exist yet. */
  public VmJournal of(String vmUid) {
    // The uid becomes a path: whatever is not a uid must not get there.
    return new VmJournal(root.resolve(UUID.fromString(vmUid).toString()));
  }

  /** The journals that exist. */
  public List<VmJournal> all() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(root)) {
      return entries
          .filter(Files::isDirectory)
          .filter(path -> isUid(path.getFileName().toString()))
          .map(VmJournal::new)
          .toList();
    }
  }

  private static boolean isUid(String name) {
    try {
      return UUID.fromString(name).toString().equals(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
