package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** How a guest boots by UEFI. */
@ApiType
public record UefiSpec(
    @JsonPropertyDescription(
            "Whether the firmware starts only what is signed by a key that it knows, at first those"
                + " of Microsoft, by which the boot loaders of most distributions are signed; the"
                + " guest's kernel can change its variables through the firmware alone. Default:"
                + " false. Mutable; takes effect at the next start of the guest.")
        @Default("false")
        Boolean secureBoot,
    @JsonPropertyDescription(
            "Where the firmware keeps its variables, such as boot entries and keys. Default: with"
                + " the run, so that each start begins with none. Mutable; takes effect at the next"
                + " start of the guest.")
        @Nullable UefiVariables variables) {
  /** Absent defaults are filled in. */
  public UefiSpec {
    secureBoot = secureBoot == null ? Boolean.FALSE : secureBoot;
  }
}
