package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** The pod network, through the anchor pod's address. */
@ApiType
public record PodNetwork(
    @JsonPropertyDescription(
            "How the guest is bound to the pod network. Masquerade: the guest has an address of"
                + " its own, the pod's IP leads to it, and what it sends leaves under the"
                + " pod's IP. Bridge: the guest has the pod's own IP and MAC address, which are others"
                + " at each start; nothing else in the pod can use its network. Default: Masquerade."
                + " Mutable; takes effect at the next start of the guest.")
        @Default("Masquerade")
        Binding binding) {
  /** Absent lists, maps and defaults are filled in. */
  public PodNetwork {
    binding = binding == null ? Binding.MASQUERADE : binding;
  }
}
