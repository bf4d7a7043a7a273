package dev.moult.operator.disk;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.FirmwareType;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import io.fabric8.kubernetes.api.model.VolumeDeviceBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the disks of a spec, and UEFI's variables, are in the anchor: volumes, and where its
 * container sees them. QEMU gets none of them, only descriptors.
 */
public final class DiskVolumes {
  private static final String MOUNTS = "/volumes/";
  private static final String DEVICES = "/devices/";

  /** Readable for the pod's group, which is the virtual machine's own. */
  private static final int SECRET_MODE = 0440;

  /** Of a Secret the anchor sees these keys and no others. */
  private static final List<String> SEED_KEYS =
      List.of("userdata", "user-data", "networkdata", "network-config");

  private final List<Volume> volumes = new ArrayList<>();
  private final List<VolumeMount> mounts = new ArrayList<>();
  private final List<VolumeDevice> devices = new ArrayList<>();
  private final Map<String, Long> sizes = new TreeMap<>();
  private final String pullPolicy;
  private final Claims claims;

  private DiskVolumes(VirtualMachineSpec spec, Claims claims, String pullPolicy) {
    this.claims = claims;
    this.pullPolicy = pullPolicy;
    spec.disks().forEach(this::add);
    Claims.variables(spec).ifPresent(this::addVariables);
    if (needsScratch(spec)) {
      // On disk: what a guest writes is no memory of the pod's. Without a limit, which would end in
      // an eviction, and so power the guest down; a full node stops its writes instead.
      volumes.add(
          new VolumeBuilder()
              .withName(ApiNames.SCRATCH_VOLUME)
              .withNewEmptyDir()
              .endEmptyDir()
              .build());
      mounts.add(mount(ApiNames.SCRATCH_VOLUME, false));
    }
  }

  /**
   * Those of a spec.
   *
   * @param claims what is known of the claims that its disks name
   * @param pullPolicy of images
   */
  public static DiskVolumes of(VirtualMachineSpec spec, Claims claims, String pullPolicy) {
    return new DiskVolumes(spec, claims, pullPolicy);
  }

  /** Volumes of the pod. */
  public List<Volume> volumes() {
    return List.copyOf(volumes);
  }

  /** File systems that the container sees. */
  public List<VolumeMount> mounts() {
    return List.copyOf(mounts);
  }

  /** Devices that the container sees. */
  public List<VolumeDevice> devices() {
    return List.copyOf(devices);
  }

  /** Sizes of claims with a file system, in bytes, by the disk's name. */
  public Map<String, Long> sizes() {
    return new TreeMap<>(sizes);
  }

  private static boolean needsScratch(VirtualMachineSpec spec) {
    return (spec.boot().firmware() == FirmwareType.UEFI && Claims.variables(spec).isEmpty())
        || spec.disks().stream()
            .anyMatch(disk ->
                disk.emptyDisk() != null
                    || disk.cloudInit() != null
                    || (disk.containerDisk() != null && !disk.readOnly()));
  }

  private void add(DiskSpec disk) {
    var volume = new VolumeBuilder().withName(ApiNames.DISK_VOLUME_PREFIX + disk.name());
    if (disk.containerDisk() != null) {
      volumes.add(
          volume
              .withNewImage()
              .withReference(disk.containerDisk().image())
              .withPullPolicy(pullPolicy)
              .endImage()
              .build());
      mounts.add(mount(volume.getName(), true));
    } else if (disk.persistentVolumeClaim() != null) {
      volumes.add(
          volume
              .withNewPersistentVolumeClaim()
              .withClaimName(disk.persistentVolumeClaim().claimName())
              .withReadOnly(disk.readOnly() ? true : null)
              .endPersistentVolumeClaim()
              .build());
      see(disk, volume.getName());
    } else if (disk.cloudInit() != null && disk.cloudInit().secretName() != null) {
      volumes.add(seed(volume, disk.cloudInit().secretName()));
      mounts.add(mount(volume.getName(), true));
    }
  }

  private void addVariables(String claim) {
    volumes.add(
        new VolumeBuilder()
            .withName(ApiNames.UEFI_VOLUME)
            .withNewPersistentVolumeClaim()
            .withClaimName(claim)
            .endPersistentVolumeClaim()
            .build());
    mounts.add(mount(ApiNames.UEFI_VOLUME, false));
  }

  private void see(DiskSpec disk, String volume) {
    var claim = claims.of(disk);
    if (claim.filter(Claim::block).isPresent()) {
      devices.add(
          new VolumeDeviceBuilder().withName(volume).withDevicePath(DEVICES + volume).build());
      return;
    }
    mounts.add(mount(volume, disk.readOnly()));
    claim
        .map(Claim::bytes)
        .filter(bytes -> bytes > 0)
        .ifPresent(bytes -> sizes.put(disk.name(), bytes));
  }

  /**
   * Optional: of a Secret that is not there the kubelet would tell in events alone, and wait. So
   * the launcher finds nothing, and says so.
   */
  private static Volume seed(VolumeBuilder volume, String secret) {
    return volume
        .withNewSecret()
        .withSecretName(secret)
        .withDefaultMode(SECRET_MODE)
        .withItems(SEED_KEYS.stream().map(key -> new KeyToPath(key, null, key)).toList())
        .withOptional(true)
        .endSecret()
        .build();
  }

  private static VolumeMount mount(String volume, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(volume)
        .withMountPath(MOUNTS + volume)
        .withReadOnly(readOnly ? true : null)
        .build();
  }
}
