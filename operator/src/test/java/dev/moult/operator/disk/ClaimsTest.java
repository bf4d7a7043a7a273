package dev.moult.operator.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The claim of UEFI's variables; those of disks are tried against an API server. */
class ClaimsTest {
  private static final String WORDS = "spec.boot.uefi.variables: PersistentVolumeClaim firmware ";
  private static final VirtualMachineSpec SPEC =
      Serialization.unmarshal(
          """
          cpu: {cores: 1}
          memory: {size: 1Gi}
          boot: {firmware: UEFI, uefi: {variables: {claimName: firmware}}}
          """,
          VirtualMachineSpec.class);

  @Test
  void itIsNamed() {
    assertThat(Claims.names(SPEC)).containsExactly("firmware");
  }

  @Test
  void oneThatIsNotThereIsWaitedFor() {
    assertThat(Claims.NONE.problem(SPEC))
        .contains(new ClaimProblem(Reason.PVC_NOT_FOUND, WORDS + "is not there"));
  }

  @Test
  void aDeviceHasNoFiles() {
    assertThat(problem(true, "ReadWriteOnce", Map.of()))
        .contains(
            new ClaimProblem(
                Reason.PVC_UNUSABLE,
                WORDS
                    + "has volumeMode Block, and the variables are a file: name one with"
                    + " volumeMode Filesystem"));
  }

  @Test
  void oneThatNobodyMayWriteIsRefused() {
    assertThat(problem(false, "ReadOnlyMany", Map.of()))
        .contains(
            new ClaimProblem(
                Reason.PVC_UNUSABLE,
                WORDS + "is ReadOnlyMany: UEFI writes its variables; name another claim"));
  }

  @Test
  void itsAccessModeSaysWhetherItServesOthersToo() {
    var users = Map.of("firmware", "other");

    assertThat(problem(false, "ReadWriteOnce", users))
        .contains(
            new ClaimProblem(
                Reason.PVC_IN_USE, WORDS + "is ReadWriteOnce and used by VirtualMachine other"));
    assertThat(problem(false, "ReadWriteMany", users)).isEmpty();
    assertThat(problem(false, "ReadWriteOnce", Map.of())).isEmpty();
  }

  private static Optional<ClaimProblem> problem(
      boolean block, String access, Map<String, String> users) {
    var claim = new Claim(block, 1L << 30, List.of(access), Optional.empty());
    return new Claims(Map.of("firmware", claim), users).problem(SPEC);
  }
}
