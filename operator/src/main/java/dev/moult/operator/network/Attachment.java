package dev.moult.operator.network;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.MultusNetwork;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * A network that an anchor is attached to beside the pod network.
 *
 * @param network its name among the guest's networks
 * @param definition what says how, by name
 * @param link the anchor's link for it, which the node agent knows by the same count
 */
public record Attachment(String network, Definition definition, String link) {

  /**
   * A NetworkAttachmentDefinition.
   *
   * @param namespace its own
   * @param name its name there
   */
  public record Definition(String namespace, String name) {
    private static Definition of(MultusNetwork multus, String namespace) {
      var name = multus.networkName();
      var slash = name.indexOf('/');
      return slash < 0
          ? new Definition(namespace, name)
          : new Definition(name.substring(0, slash), name.substring(slash + 1));
    }

    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /** Those that a virtual machine wishes, in the order of its networks. */
  public static List<Attachment> of(VirtualMachine vm) {
    var attachments = new ArrayList<Attachment>();
    for (NetworkSpec network : vm.getSpec().networks()) {
      var multus = network.multus();
      if (multus != null) {
        attachments.add(
            new Attachment(
                network.name(),
                Definition.of(multus, vm.getMetadata().getNamespace()),
                link(attachments.size())));
      }
    }
    return attachments;
  }

  /** The anchor's links for them. */
  public static List<String> links(VirtualMachineSpec spec) {
    var links = new ArrayList<String>();
    spec.networks().stream()
        .filter(network -> network.multus() != null)
        .forEach(network -> links.add(link(links.size())));
    return links;
  }

  private static String link(int before) {
    return ApiNames.FURTHER_LINK + (before + 1);
  }
}
