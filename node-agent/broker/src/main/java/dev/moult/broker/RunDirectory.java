package dev.moult.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Moult's directory on the host's tmpfs. The agent has no rights of its own there, so the broker
 * makes what the agent writes and gives it to the agent's uid.
 */
final class RunDirectory {
  private static final String JOURNALS = "vms";
  private static final String LOCK = "lock";

  private RunDirectory() {}

  static void prepare(Settings settings) throws IOException {
    Path run = settings.run();
    Files.createDirectories(run);
    permit(run, "rwxr-xr-x");
    Path journals = run.resolve(JOURNALS);
    if (!Files.isDirectory(journals, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectory(journals);
    }
    give(journals, settings.agentUid());
    // QEMU gets its monitor as a listening descriptor: nobody else needs to walk here.
    permit(journals, "rwx------");
    Path lock = run.resolve(LOCK);
    if (!Files.exists(lock, LinkOption.NOFOLLOW_LINKS)) {
      Files.createFile(lock);
    }
    give(lock, settings.agentUid());
    permit(lock, "rw-------");
  }

  private static void give(Path path, int uid) throws IOException {
    Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }
}
