package dev.moult.operator.disk;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A PersistentVolumeClaim, as far as a disk depends on it.
 *
 * @param block whether it is a device instead of a file system
 * @param bytes its size, a whole number of MiB; 0 if it does not say
 * @param access its access modes, such as ReadWriteOnce
 * @param fault why no disk can use it
 */
public record Claim(boolean block, long bytes, List<String> access, Optional<String> fault) {
  private static final String STORAGE = "storage";
  private static final long MIB = 1L << 20;

  /** Those that let more than one node use it. */
  private static final Set<String> SHARED = Set.of("ReadWriteMany", "ReadOnlyMany");

  /** Copies the access modes. */
  public Claim {
    access = List.copyOf(access);
  }

  /** What is read of it. */
  public static Claim of(PersistentVolumeClaim claim) {
    var spec = claim.getSpec();
    return new Claim(
        "Block".equals(spec.getVolumeMode()), bytes(claim), spec.getAccessModes(), fault(claim));
  }

  /** Whether one virtual machine alone may use it. */
  boolean exclusive() {
    return access.stream().noneMatch(SHARED::contains);
  }

  /** Whether nobody may write it. */
  boolean readOnly() {
    return !access.isEmpty() && access.stream().allMatch("ReadOnlyMany"::equals);
  }

  /**
   * What it has, or what it asks for while it waits for its first pod; it gets no less. Rounded
   * down to whole MiB, as a disk has whole sectors of whatever size.
   */
  private static long bytes(PersistentVolumeClaim claim) {
    var status = claim.getStatus();
    return storage(status == null ? null : status.getCapacity())
        .or(() -> requested(claim.getSpec()))
        .map(size -> Quantity.getAmountInBytes(size).longValue() / MIB * MIB)
        .orElse(0L);
  }

  private static Optional<Quantity> requested(PersistentVolumeClaimSpec spec) {
    return Optional.ofNullable(spec.getResources()).flatMap(r -> storage(r.getRequests()));
  }

  private static Optional<Quantity> storage(@Nullable Map<String, Quantity> quantities) {
    return Optional.ofNullable(quantities).map(q -> q.get(STORAGE));
  }

  private static Optional<String> fault(PersistentVolumeClaim claim) {
    if (claim.getMetadata().getDeletionTimestamp() != null) {
      return Optional.of("is being deleted");
    }
    return Optional.ofNullable(claim.getStatus())
        .filter(status -> "Lost".equals(status.getPhase()))
        .map(status -> "has lost its volume");
  }
}
