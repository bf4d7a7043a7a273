package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A header of a probe's request. */
@ApiType
public record ProbeHeader(
    @JsonPropertyDescription("Name of the header, such as Accept. Required. As its probe, mutable.")
        @Required
        @Size(min = 1, max = 128)
        @ValidationRule(
            value = "self.matches('^[-A-Za-z0-9]+$')",
            message = "httpHeaders[].name must consist of letters, digits and '-', such as Accept")
        String name,
    @JsonPropertyDescription("Its value. Default: empty. As its probe, mutable.") @Size(max = 1024)
        String value) {
  /** An absent value is empty. */
  public ProbeHeader {
    value = value == null ? "" : value;
  }
}
