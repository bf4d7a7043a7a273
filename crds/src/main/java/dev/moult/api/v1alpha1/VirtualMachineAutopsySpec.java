package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/** Whose memory is read, and who gets more of it than the status shows. */
@JsonClassDescription(
    "Whose memory is read. It is the guest's secret: who may create or read a"
        + " VirtualMachineAutopsy sees it, and no role of Moult's has that right.")
@RecordBuilder
@ApiType
@ValidationRule(value = "self == oldSelf", message = "spec is immutable; create another autopsy")
public record VirtualMachineAutopsySpec(
    @JsonPropertyDescription(
            "Name of the VirtualMachine in the same namespace. Required. Immutable.")
        @Required
        @Size(min = 1, max = 50)
        String virtualMachine,
    @JsonPropertyDescription(
            "SHA-256, as 64 hexadecimal digits, of a key that its maker keeps: who shows that key at"
                + " port 5910 of the anchor pod's loopback gets the whole log or an ELF core."
                + " kubectl moult autopsy makes one each time. Default: nobody gets more than the"
                + " status shows. Immutable.")
        @Size(min = 64, max = 64)
        @ValidationRule(
            value = "self.matches('^[0-9a-f]{64}$')",
            message = "spec.keySha256 must be 64 hexadecimal digits in lower case")
        @Nullable String keySha256,
    @JsonPropertyDescription(
            "Time after its creation at which this object is deleted, as a duration such as 10m,"
                + " 10s to 24h. Default: 10m. Immutable.")
        @Default("10m")
        @Size(min = 2, max = 32)
        @ValidationRule(
            value =
                DurationRules.IS_ONE
                    + " && duration(self) >= duration('10s') && duration(self) <= duration('24h')",
            message = "spec.ttl must be a duration from 10s to 24h, such as 10m")
        String ttl) {
  /** Absent lists, maps and defaults are filled in. */
  public VirtualMachineAutopsySpec {
    ttl = ttl == null ? "10m" : ttl;
  }
}
