package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.network.Attachment;
import dev.moult.operator.network.Attachments;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashSet;

/**
 * Looks at the NetworkAttachmentDefinitions of a virtual machine that is about to be started: a GET
 * for each, as {@link ClaimReader} does. Multus need not be installed, so nothing is watched.
 */
@ApplicationScoped
public class AttachmentReader {
  private static final String GROUP = "k8s.cni.cncf.io";
  private static final String VERSION = "v1";
  private static final String PLURAL = "network-attachment-definitions";
  private static final ResourceDefinitionContext DEFINITIONS =
      new ResourceDefinitionContext.Builder()
          .withGroup(GROUP)
          .withVersion(VERSION)
          .withKind("NetworkAttachmentDefinition")
          .withPlural(PLURAL)
          .withNamespaced(true)
          .build();

  private final KubernetesClient client;

  /** Reads by this client. */
  @Inject
  public AttachmentReader(KubernetesClient client) {
    this.client = client;
  }

  /** The definitions that its networks name. */
  public Attachments read(VirtualMachine vm) {
    var wished = Attachment.of(vm).stream().map(Attachment::definition).distinct().toList();
    var known = new HashSet<Attachment.Definition>();
    for (var definition : wished) {
      if (isThere(definition)) {
        known.add(definition);
      }
    }
    return new Attachments(known, known.size() == wished.size() || kindIsKnown());
  }

  private boolean isThere(Attachment.Definition definition) {
    return client
            .genericKubernetesResources(DEFINITIONS)
            .inNamespace(definition.namespace())
            .withName(definition.name())
            .get()
        != null;
  }

  /** One that is absent and a kind that is absent are answered alike. */
  private boolean kindIsKnown() {
    var kinds = client.getApiResources(GROUP + "/" + VERSION);
    return kinds != null
        && kinds.getResources().stream().anyMatch(kind -> kind.getName().equals(PLURAL));
  }
}
