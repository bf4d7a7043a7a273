package dev.moult.operator.disk;

import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.PersistentVolumeClaimDisk;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The claims that a virtual machine's disks name, as they were when it was about to be started.
 *
 * @param known by name; one that is not in it is not there
 * @param users names of other virtual machines that use such a claim, by the claim's
 */
public record Claims(Map<String, Claim> known, Map<String, String> users) {
  /** Of a virtual machine that names none, or is not about to be started. */
  public static final Claims NONE = new Claims(Map.of(), Map.of());

  /** Copies both. */
  public Claims {
    known = Map.copyOf(known);
    users = Map.copyOf(users);
  }

  /** Names of the claims that a spec's disks name. */
  public static Stream<String> names(VirtualMachineSpec spec) {
    return spec.disks().stream().map(Claims::name).flatMap(Optional::stream);
  }

  /** The claim of a disk, if it names one that is there. */
  Optional<Claim> of(DiskSpec disk) {
    return name(disk).map(known::get);
  }

  /** What keeps the guest from being started; of the first disk that has such a thing. */
  public Optional<ClaimProblem> problem(VirtualMachineSpec spec) {
    return spec.disks().stream()
        .flatMap(disk -> name(disk).flatMap(claim -> problem(disk, claim)).stream())
        .findFirst();
  }

  private Optional<ClaimProblem> problem(DiskSpec disk, String name) {
    var words = "disk " + disk.name() + ": PersistentVolumeClaim " + name + " ";
    var claim = known.get(name);
    if (claim == null) {
      return told(Reason.PVC_NOT_FOUND, words + "is not there");
    }
    if (claim.fault().isPresent()) {
      return told(Reason.PVC_UNUSABLE, words + claim.fault().get());
    }
    if (claim.readOnly() && !disk.readOnly()) {
      return told(
          Reason.PVC_UNUSABLE, words + "is ReadOnlyMany: the disk must have readOnly: true");
    }
    return Optional.ofNullable(users.get(name))
        .filter(user -> claim.exclusive())
        .flatMap(user ->
            told(
                Reason.PVC_IN_USE,
                words
                    + "is "
                    + String.join(", ", claim.access())
                    + " and used by VirtualMachine "
                    + user));
  }

  private static Optional<ClaimProblem> told(Reason reason, String message) {
    return Optional.of(new ClaimProblem(reason, message));
  }

  private static Optional<String> name(DiskSpec disk) {
    return Optional.ofNullable(disk.persistentVolumeClaim())
        .map(PersistentVolumeClaimDisk::claimName);
  }
}
