package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** A command that the guest agent runs in the guest. */
@ApiType
public record ExecProbe(
    @JsonPropertyDescription(
            "Program and arguments, 1 to 64, each at most 1024 characters; there is no shell unless"
                + " it is the program. It runs as the guest agent does, usually as root; what it"
                + " prints is thrown away. One that has not ended in time goes on, and is not begun"
                + " again before it has ended. Required. As its probe, mutable.")
        @Required
        @Size(min = 1, max = 64)
        @ValidationRule(
            value = "size(self) == 0 || size(self[0]) > 0",
            message = "exec.command must begin with a program, such as /bin/true")
        List<@Size(max = 1024) String> command) {
  /** Absent lists, maps and defaults are filled in. */
  public ExecProbe {
    command = command == null ? List.of() : List.copyOf(command);
  }
}
