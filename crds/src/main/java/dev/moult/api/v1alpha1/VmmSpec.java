package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The virtual machine monitor: what a LiveUpdate can change under a running guest. */
@ApiType
public record VmmSpec(
    @JsonPropertyDescription(
            "Image with a qemu-system-x86_64 in it. Default: the installation's, shown in"
                + " status.vmm.desiredImage. Mutable; a LiveUpdate brings the running guest to it.")
        @Size(min = 1, max = 512)
        @Nullable String image,
    @JsonPropertyDescription(
            "How the guest's processors are run. Auto: KVM where the node has it, TCG (software)"
                + " elsewhere; KVM: only with KVM; TCG: always in software. Default: Auto. Mutable;"
                + " takes effect at the next start of the guest.")
        @Default("Auto")
        Acceleration acceleration) {
  /** Absent lists, maps and defaults are filled in. */
  public VmmSpec {
    acceleration = acceleration == null ? Acceleration.AUTO : acceleration;
  }
}
