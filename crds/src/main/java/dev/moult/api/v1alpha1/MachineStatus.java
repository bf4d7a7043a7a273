package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The guest's hardware, frozen at this start: every QEMU of this run is built from it. */
@RecordBuilder
@ApiType
public record MachineStatus(
    @JsonPropertyDescription(
            "Written by the operator. Unix uid that this VirtualMachine's pods run as.")
        @Min(1)
        @Nullable Integer uid,
    @JsonPropertyDescription("Written by the agent. Versioned machine type, such as pc-q35-10.0.")
        @Size(max = 63)
        @Nullable String type,
    @JsonPropertyDescription("Written by the agent. How the processors are run: KVM or TCG.")
        @Nullable Acceleration acceleration,
    @JsonPropertyDescription("Written by the agent. The processors.") @Nullable MachineCpu cpu,
    @JsonPropertyDescription(
            "Written by the agent. Size of the guest's RAM, in bytes as a quantity.")
        @Nullable Quantity memory,
    @JsonPropertyDescription(
            "Written by the agent. Size of the huge pages that the RAM is made of; absent when they"
                + " are ordinary ones.")
        @Nullable HugePageSize hugePageSize,
    @JsonPropertyDescription("Written by the agent. UUID of the machine, as the guest reads it.")
        @Size(max = 36)
        @Nullable String uuid,
    @JsonPropertyDescription("Written by the agent. MAC address of the first network card.")
        @Size(max = 17)
        @Nullable String macAddress,
    @JsonPropertyDescription(
            "Written by the agent. Firmware that the guest boots by; absent when it boots a kernel"
                + " straight.")
        @Nullable FirmwareType firmware,
    @JsonPropertyDescription("Written by the agent. The devices and their places.")
        @Size(max = 128)
        @ListMapKeys("name")
        List<MachineDevice> devices)
    implements MachineStatusBuilder.With {
  /** Absent lists, maps and defaults are filled in. */
  public MachineStatus {
    devices = devices == null ? List.of() : List.copyOf(devices);
  }
}
