package dev.moult.operator.network;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import java.util.Optional;
import java.util.Set;

/**
 * The NetworkAttachmentDefinitions that a virtual machine names, as they were when it was about to
 * be started.
 *
 * @param known those that are there
 * @param installed whether the cluster knows such definitions at all
 */
public record Attachments(Set<Attachment.Definition> known, boolean installed) {
  /** Of a virtual machine that names none, or is not about to be started. */
  public static final Attachments NONE = new Attachments(Set.of(), true);

  /** Copies the definitions. */
  public Attachments {
    known = Set.copyOf(known);
  }

  /**
   * Why a guest cannot be started with the networks that its spec names.
   *
   * @param reason in one word
   * @param message names the network and the definition
   */
  public record Problem(Reason reason, String message) {}

  /** What keeps the guest from being started; of the first network that has such a thing. */
  public Optional<Problem> problem(VirtualMachine vm) {
    return Attachment.of(vm).stream()
        .filter(attachment -> !known.contains(attachment.definition()))
        .findFirst()
        .map(this::problem);
  }

  private Problem problem(Attachment attachment) {
    var words = "network " + attachment.network() + ": NetworkAttachmentDefinition ";
    return installed
        ? new Problem(
            Reason.NETWORK_ATTACHMENT_NOT_FOUND, words + attachment.definition() + " is not there")
        : new Problem(
            Reason.MULTUS_NOT_INSTALLED,
            words
                + attachment.definition()
                + " cannot be: the cluster does not know this kind, which Multus brings");
  }
}
