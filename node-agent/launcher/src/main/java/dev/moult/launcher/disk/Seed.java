package dev.moult.launcher.disk;

import dev.moult.launcher.LaunchException;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes what cloud-init's NoCloud looks for: an ISO 9660 file system called {@code cidata}. */
final class Seed {
  private static final String GENISOIMAGE = "/usr/bin/genisoimage";

  /** The keys that KubeVirt's users write, and those of cloud-init's own files. */
  private static final List<String> USER_DATA = List.of("userdata", "user-data", "userData");

  private static final List<String> NETWORK_DATA =
      List.of("networkdata", "network-config", "networkData");

  /** As the API says; a Secret may hold 1 MiB. */
  private static final int MOST_BYTES = 16 * 1024;

  private Seed() {}

  static void make(Operation.MakeSeed seed) throws LaunchException, IOException {
    byte @Nullable [] user = bytes(seed.userData());
    byte @Nullable [] network = bytes(seed.networkData());
    String secret = seed.secret();
    if (secret != null) {
      user = key(seed, Path.of(secret), USER_DATA);
      network = key(seed, Path.of(secret), NETWORK_DATA);
    }
    if (user == null) {
      throw invalid(
          seed,
          secret == null
              ? "has no user data"
              : "names a Secret that is not there, or has no key userdata (or user-data)");
    }
    Path file = Path.of(seed.file());
    Path staging = Path.of(seed.file() + ".d");
    empty(staging);
    Files.createDirectory(staging);
    Files.write(staging.resolve("user-data"), user);
    Files.writeString(staging.resolve("meta-data"), seed.metaData());
    if (network != null) {
      Files.write(staging.resolve("network-config"), network);
    }
    Tool.Result result =
        Tool.run(
            GENISOIMAGE,
            "-quiet",
            "-volid",
            "cidata",
            "-joliet",
            "-rational-rock",
            "-output",
            file.toString(),
            staging.toString());
    empty(staging);
    if (!result.good()) {
      throw new LaunchException(
          result.full() ? LaunchReason.DISK_FULL : LaunchReason.DISK_NOT_OPENED,
          seed.slot(),
          "the seed of disk " + seed.disk() + " cannot be made: " + result.why());
    }
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] key(Operation.MakeSeed seed, Path secret, List<String> names)
      throws LaunchException, IOException {
    for (String name : names) {
      Path file = secret.resolve(name);
      if (Files.isRegularFile(file)) {
        try (InputStream in = Files.newInputStream(file)) {
          byte[] data = in.readNBytes(MOST_BYTES + 1);
          if (data.length > MOST_BYTES) {
            throw invalid(
                seed, "names a Secret whose " + name + " is over " + MOST_BYTES + " bytes");
          }
          return data;
        }
      }
    }
    return null;
  }

  private static void empty(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private static LaunchException invalid(Operation.MakeSeed seed, String problem) {
    return new LaunchException(
        LaunchReason.CLOUD_INIT_INVALID,
        seed.slot(),
        "cloudInit of disk " + seed.disk() + " " + problem);
  }
}
