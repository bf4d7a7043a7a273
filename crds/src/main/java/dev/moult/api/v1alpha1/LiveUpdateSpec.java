package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/** What is asked for: the VirtualMachine's VMM is brought to its spec. */
@JsonClassDescription(
    "What you ask for. There is no target in it: the VMM is brought to the spec of"
        + " the VirtualMachine.")
@RecordBuilder
@ApiType
public record LiveUpdateSpec(
    @JsonPropertyDescription(
            "Name of the VirtualMachine in the same namespace. Required. Immutable.")
        @Required
        @Size(min = 1, max = 50)
        @ValidationRule(
            value = "self == oldSelf",
            message = "spec.virtualMachine is immutable; create another LiveUpdate")
        String virtualMachine,
    @JsonPropertyDescription(
            "True: replace the VMM even when nothing differs (same image, fresh process)."
                + " Default: false. Mutable until the update starts.")
        @Default("false")
        Boolean force,
    @JsonPropertyDescription(
            "Time from the start of the update to its verdict, as a duration such as 90s or 2m,"
                + " 1s to 24h; then it is rolled back. Default: 2m. Mutable until the update starts.")
        @Default("2m")
        @Size(min = 2, max = 32)
        @ValidationRule(
            value =
                DurationRules.IS_ONE
                    + " && duration(self) >= duration('1s') && duration(self) <= duration('24h')",
            message = "spec.timeout must be a duration from 1s to 24h, such as 90s or 2m")
        String timeout,
    @JsonPropertyDescription(
            "Time after its end at which the LiveUpdate is deleted, as a duration such as 72h."
                + " Default: kept. Mutable at any time.")
        @Size(min = 2, max = 32)
        @ValidationRule(
            value = DurationRules.IS_ONE + " && duration(self) <= duration('8760h')",
            message = "spec.ttlAfterFinished must be a duration up to 8760h, such as 1h or 72h")
        @Nullable String ttlAfterFinished,
    @JsonPropertyDescription(
            "True: the guest's memory is read twice while the guest stands still, and the update is"
                + " rolled back (MemoryChanged) when anything has written to it in between;"
                + " status.memory has both checksums. The guest stands still for that much longer,"
                + " about a third of a second for each GiB. For tests and the wary. Default: false."
                + " Mutable until the update starts.")
        @Default("false")
        Boolean verifyMemory) {
  /** Absent lists, maps and defaults are filled in. */
  public LiveUpdateSpec {
    force = force == null ? Boolean.FALSE : force;
    verifyMemory = verifyMemory == null ? Boolean.FALSE : verifyMemory;
    timeout = timeout == null ? "2m" : timeout;
  }
}
