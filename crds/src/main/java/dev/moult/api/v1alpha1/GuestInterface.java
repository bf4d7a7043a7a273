package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network interface within the guest, as its guest agent names it. */
@ApiType
public record GuestInterface(
    @JsonPropertyDescription("Its name in the guest, such as enp0s3.")
        @Required
        @Size(min = 1, max = 64)
        String name,
    @JsonPropertyDescription("Its MAC address.") @Size(max = 64) @Nullable String mac,
    @JsonPropertyDescription("Its IP addresses, sorted, without prefix lengths.") @Size(max = 16)
        List<String> addresses) {
  /** Absent lists, maps and defaults are filled in. */
  public GuestInterface {
    addresses = addresses == null ? List.of() : List.copyOf(addresses);
  }
}
