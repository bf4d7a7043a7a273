package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A device of the guest at its frozen place. */
@ApiType
public record MachineDevice(
    @JsonPropertyDescription("Identity of the device within the guest, such as nic0.")
        @Required
        @Size(min = 1, max = 63)
        String name,
    @JsonPropertyDescription("QEMU's name of the device, such as virtio-net-pci.") @Size(max = 63)
        @Nullable String kind,
    @JsonPropertyDescription("Its place on the bus, such as pcie.0:03.0.") @Size(max = 63)
        @Nullable String slot) {}
