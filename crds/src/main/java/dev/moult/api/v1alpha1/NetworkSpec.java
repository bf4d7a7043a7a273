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
    value = "has(self.pod) != has(self.multus)",
    message =
        "spec.networks[] must have exactly one of pod and multus; write pod: {} for the pod network")
@ValidationRule(
    value = "!has(self.multus) || !has(self.macAddress)",
    message =
        "spec.networks[].macAddress cannot be chosen with multus: the guest has the MAC address of the"
            + " interface that the network gave the anchor pod; leave macAddress out")
@ValidationRule(
    value = "!has(self.multus) || !has(self.ports) || size(self.ports) == 0",
    message =
        "spec.networks[].ports are those of the pod network: all of a network by multus reaches the"
            + " guest; leave ports out")
@ValidationRule(
    value = "!has(self.multus) || self.queues == 1",
    message =
        "spec.networks[].queues are those of the pod network's card: that of a network by multus has"
            + " one; leave queues out")
@ValidationRule(
    value = "!has(self.pod) || self.pod.binding != 'Bridge' || !has(self.macAddress)",
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
            "The pod network; write {} for the defaults. Either this or multus. Mutable; takes effect"
                + " at the next start of the guest.")
        @Nullable PodNetwork pod,
    @JsonPropertyDescription(
            "A further network of the anchor pod, by a NetworkAttachmentDefinition: the guest has the"
                + " MAC and IPv4 address of the interface there. Either this or pod. Mutable; takes"
                + " effect at the next start of the guest.")
        @Nullable MultusNetwork multus,
    @JsonPropertyDescription(
            "MAC address of the guest's network card, such as 52:54:00:12:34:56. Default: made"
                + " from the VirtualMachine's uid, with binding Bridge that of the pod, with multus that"
                + " of the interface, and then no other. Mutable; takes effect at the next start of the"
                + " guest.")
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
            "Ports of the pod network that lead to the guest, declared on the anchor pod; at most 64."
                + " Default: none is declared, and all lead to it. Mutable; takes effect at the next start of the"
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
            "Queues of the guest's network card for the pod network, 1 to 8, and no more than"
                + " spec.cpu.cores: with more than one, several of the guest's processors send and"
                + " receive at a time. Live updates need a guest that uses all of them, as Linux does."
                + " The card of a network by multus has one. Default: 1. Mutable; takes effect at the"
                + " next start of the guest.")
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
