package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/** A port of the guest, declared on the anchor pod so that Services can name it. */
@RecordBuilder
@ApiType
public record PortSpec(
    @JsonPropertyDescription(
            "Name that a Service can use as its targetPort; at most 15 characters. Default: none."
                + " Mutable; takes effect at the next start of the guest.")
        @Size(min = 1, max = 15)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && self.matches('[a-z]')",
            message =
                "spec.networks[].ports[].name must be at most 15 characters of a-z, 0-9 and '-' with"
                    + " a letter in it, such as http")
        @Nullable String name,
    @JsonPropertyDescription(
            "Port number, 1 to 65535. Once a port is listed, the listed ones alone reach the guest."
                + " Required. Mutable; takes effect at the next start of the guest.")
        @Required
        @Min(1)
        @Max(65535)
        Integer port,
    @JsonPropertyDescription(
            "Transport protocol. Default: TCP. Mutable; takes effect at the next start of the"
                + " guest.")
        @Default("TCP")
        Protocol protocol) {
  /** Absent lists, maps and defaults are filled in. */
  public PortSpec {
    protocol = protocol == null ? Protocol.TCP : protocol;
  }
}
