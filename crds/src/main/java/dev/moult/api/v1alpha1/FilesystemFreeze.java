package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.time.Instant;

/** A request to freeze the guest's file systems for a while. */
@ApiType
public record FilesystemFreeze(
    @JsonPropertyDescription(
            "A time, RFC 3339, usually the present one. A later one than"
                + " status.guest.filesystemFreeze.requestedAt freezes the file systems once; while they"
                + " are frozen, it keeps them so for its own unfreezeAfter. Required. Mutable at any"
                + " time.")
        @Required
        Instant requestedAt,
    @JsonPropertyDescription(
            "Time after which they are unfrozen whatever happens, as a duration such as 30s or 5m,"
                + " 5s to 10m: a guest whose file systems are frozen waits with each write. Default:"
                + " 5m. Counts with the next requestedAt.")
        @Default("5m")
        @Size(min = 2, max = 32)
        @ValidationRule(
            value =
                DurationRules.IS_ONE
                    + " && duration(self) >= duration('5s') && duration(self) <= duration('10m')",
            message =
                "spec.filesystemFreeze.unfreezeAfter must be a duration from 5s to 10m, such as 30s or"
                    + " 5m")
        String unfreezeAfter) {
  /** Absent defaults are filled in. */
  public FilesystemFreeze {
    unfreezeAfter = unfreezeAfter == null ? "5m" : unfreezeAfter;
  }
}
