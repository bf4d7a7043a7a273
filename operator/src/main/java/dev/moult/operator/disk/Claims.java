package dev.moult.operator.disk;

import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.PersistentVolumeClaimDisk;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.UefiSpec;
import dev.moult.api.v1alpha1.UefiVariables;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The claims that a virtual machine names, for disks and UEFI's variables, as they were when it was
 * about to be started.
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

  /** Names of the claims that a spec names. */
  public static Stream<String> names(VirtualMachineSpec spec) {
    return Stream.concat(
        spec.disks().stream().map(Claims::name).flatMap(Optional::stream),
        variables(spec).stream());
  }

  /** The claim that keeps UEFI's variables, if there is one. */
  static Optional<String> variables(VirtualMachineSpec spec) {
    return Optional.ofNullable(spec.boot().uefi())
        .map(UefiSpec::variables)
        .map(UefiVariables::claimName);
  }

  /** The claim of a disk, if it names one that is there. */
  Optional<Claim> of(DiskSpec disk) {
    return name(disk).map(known::get);
  }

  /** What keeps the guest from being started; of the first claim that has such a thing. */
  public Optional<ClaimProblem> problem(VirtualMachineSpec spec) {
    return Stream.concat(
            spec.disks().stream()
                .flatMap(disk -> name(disk).flatMap(claim -> problem(disk, claim)).stream()),
            variables(spec).flatMap(this::problemOfVariables).stream())
        .findFirst();
  }

  private Optional<ClaimProblem> problem(DiskSpec disk, String name) {
    var words = "disk " + disk.name() + ": PersistentVolumeClaim " + name + " ";
    var remedy = disk.readOnly() ? null : "the disk must have readOnly: true";
    return problem(words, name, remedy);
  }

  private Optional<ClaimProblem> problemOfVariables(String name) {
    var words = "spec.boot.uefi.variables: PersistentVolumeClaim " + name + " ";
    return problem(words, name, "UEFI writes its variables; name another claim")
        .or(() ->
            Optional.ofNullable(known.get(name))
                .filter(Claim::block)
                .flatMap(claim ->
                    told(
                        Reason.PVC_UNUSABLE,
                        words
                            + "has volumeMode Block, and the variables are a file: name one with"
                            + " volumeMode Filesystem")));
  }

  /**
   * What is wrong with a claim.
   *
   * @param words who names it, and its name
   * @param whenReadOnly what to do if nobody may write it; null if nobody needs to
   */
  private Optional<ClaimProblem> problem(String words, String name, @Nullable String whenReadOnly) {
    var claim = known.get(name);
    if (claim == null) {
      return told(Reason.PVC_NOT_FOUND, words + "is not there");
    }
    if (claim.fault().isPresent()) {
      return told(Reason.PVC_UNUSABLE, words + claim.fault().get());
    }
    if (claim.readOnly() && whenReadOnly != null) {
      return told(Reason.PVC_UNUSABLE, words + "is ReadOnlyMany: " + whenReadOnly);
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
