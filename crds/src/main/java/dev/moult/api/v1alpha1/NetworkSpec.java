package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network of the guest. */
@RecordBuilder
@ApiType
@ValidationRule(
    value = "self.pod.binding != 'Bridge' || !has(self.macAddress)",
    message =
        "spec.networks[].macAddress cannot be chosen with binding Bridge: the guest has the MAC"
            + " address that the cluster's network gave the pod; leave macAddress out")
public record NetworkSpec(
    @JsonPropertyDescription(
            "Name of the network within this VirtualMachine. Required. Mutable; takes effect at"
                + " the next start of the guest.")
        @Required
        @Size(min = 1, max = 63)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            message = "spec.networks[].name must consist of a-z, 0-9 and '-', such as pod")
        String name,
    @JsonPropertyDescription(
            "The pod network. Required; write {} for the defaults. Mutable; takes effect at the"
                + " next start of the guest.")
        @Required
        PodNetwork pod,
    @JsonPropertyDescription(
            "MAC address of the guest's network card, such as 52:54:00:12:34:56. Default: made"
                + " from the VirtualMachine's uid, with binding Bridge that of the pod, and then no"
                + " other. Mutable; takes effect at the next start of the guest.")
        @Size(min = 17, max = 17)
        @ValidationRule(
            value = "self.matches('^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$')",
            message =
                "spec.networks[].macAddress must be six pairs of hexadecimal digits separated by"
                    + " colons, such as 52:54:00:12:34:56")
        @ValidationRule(
            value = "!self.matches('^[0-9a-fA-F][13579bBdDfF]:') && self != '00:00:00:00:00:00'",
            message =
                "spec.networks[].macAddress must be a unicast address: the second digit must be even,"
                    + " as in 52:54:00:12:34:56")
        @Nullable String macAddress,
    @JsonPropertyDescription(
            "Ports that lead to the guest, declared on the anchor pod; at most 64. Default: none is"
                + " declared, and all lead to it. Mutable; takes effect at the next start of the"
                + " guest.")
        @Size(max = 64)
        @ListMapKeys({"port", "protocol"})
        @ValidationRule(
            value =
                "self.all(p, !has(p.name) || self.exists_one(q, has(q.name) && q.name == p.name))",
            message =
                "spec.networks[].ports: each name may be used once; write a name of its own for each"
                    + " port")
        List<PortSpec> ports,
    @JsonPropertyDescription(
            "Queues of the guest's network card, 1 to 8, and no more than spec.cpu.cores: with more"
                + " than one, several of the guest's processors send and receive at a time. Live"
                + " updates need a guest that uses all of them, as Linux does. Default: 1. Mutable;"
                + " takes effect at the next start of the guest.")
        @Default("1")
        @Min(1)
        @Max(8)
        Integer queues) {
  /** Absent lists, maps and defaults are filled in. */
  public NetworkSpec {
    queues = queues == null ? 1 : queues;
    ports = ports == null ? List.of() : List.copyOf(ports);
  }
}
