package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;

/** Labels and annotations of the anchor pod. */
@ApiType
public record PodMetadata(
    @JsonPropertyDescription(
            "Labels put onto the anchor pod, so that Services and NetworkPolicies can select it;"
                + " at most 64, none of the prefix moult.dev/. Default: none. Mutable; applied to the"
                + " running anchor.")
        @Size(max = 64)
        @ValidationRule(
            value = "self.all(k, !k.startsWith('moult.dev/') && !k.contains('.moult.dev/'))",
            message =
                "spec.podMetadata.labels: the prefix moult.dev/ is Moult's own; use a prefix of yours")
        Map<String, String> labels,
    @JsonPropertyDescription(
            "Annotations put onto the anchor pod; at most 64, none of the prefixes moult.dev/ and"
                + " k8s.v1.cni.cncf.io/ (see networks[].multus). Default: none. Mutable; applied to the"
                + " running anchor.")
        @Size(max = 64)
        @ValidationRule(
            value = "self.all(k, !k.startsWith('moult.dev/') && !k.contains('.moult.dev/'))",
            message =
                "spec.podMetadata.annotations: the prefix moult.dev/ is Moult's own; use a prefix of"
                    + " yours")
        @ValidationRule(
            value = "self.all(k, !k.startsWith('k8s.v1.cni.cncf.io/'))",
            message =
                "spec.podMetadata.annotations: what k8s.v1.cni.cncf.io/ says follows from the guest's"
                    + " networks; write them as spec.networks[].multus")
        Map<String, String> annotations) {
  /** Absent lists, maps and defaults are filled in. */
  public PodMetadata {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }
}
