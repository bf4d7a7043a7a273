package dev.moult.operator.disk;

import dev.moult.api.v1alpha1.CloudInit;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * cloud-init's data inside a spec, up to 32 KiB of it. The operator needs to know only whether it
 * has changed, so its caches have a digest in the data's place; the agent reads the data itself.
 */
public final class InlineData {
  private static final String PREFIX = "sha256:";
  private static final int DIGEST_BYTES = 16;

  private InlineData() {}

  /** The spec with digests in the place of the data; the same object if it has none. */
  public static VirtualMachineSpec slim(VirtualMachineSpec spec) {
    return spec.disks().stream().anyMatch(InlineData::carriesData)
        ? spec.withDisks(spec.disks().stream().map(InlineData::slim).toList())
        : spec;
  }

  private static boolean carriesData(DiskSpec disk) {
    return disk.cloudInit() != null && disk.cloudInit().userData() != null;
  }

  private static DiskSpec slim(DiskSpec disk) {
    var data = disk.cloudInit();
    return data == null
        ? disk
        : disk.withCloudInit(
            new CloudInit(data.secretName(), digest(data.userData()), digest(data.networkData())));
  }

  /** The digest of data, or of what stands for it already. */
  public static @Nullable String digest(@Nullable String data) {
    if (data == null || data.startsWith(PREFIX)) {
      return data;
    }
    try {
      var digest =
          MessageDigest.getInstance("SHA-256").digest(data.getBytes(StandardCharsets.UTF_8));
      return PREFIX + HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
