package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** The pod network, through the anchor pod's address. */
@ApiType
public record PodNetwork(
    @JsonPropertyDescription(
            "How the guest is bound to the pod network. Masquerade: the guest has an address of"
                + " its own, all ports of the pod's IP lead to it, and what it sends leaves under the"
                + " pod's IP. Default: Masquerade. Mutable; takes effect at the next start of the guest.")
        @Default("Masquerade")
        Binding binding) {
  /** Absent lists, maps and defaults are filled in. */
  public PodNetwork {
    binding = binding == null ? Binding.MASQUERADE : binding;
  }
}
