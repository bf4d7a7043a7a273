package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/**
 * One replacement of the QEMU under a running guest: it brings the VirtualMachine's VMM to what the
 * VirtualMachine's spec says. A verb, not a thing to keep in git: create it with {@code
 * generateName}.
 */
@JsonClassDescription(
    "One replacement of the QEMU under a running guest: it brings the VMM of a"
        + " VirtualMachine to what the spec of that VirtualMachine says. A verb, not a thing"
        + " to keep in git: create it with metadata.generateName.")
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Kind("LiveUpdate")
@Singular("liveupdate")
@Plural("liveupdates")
@ShortNames("lu")
@Categories("moult")
@AdditionalSelectableField(jsonPath = ".status.nodeName")
@AdditionalPrinterColumn(name = "VM", jsonPath = ".spec.virtualMachine", type = Type.STRING)
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", type = Type.STRING)
@AdditionalPrinterColumn(name = "From", jsonPath = ".status.from.qemuVersion", type = Type.STRING)
@AdditionalPrinterColumn(name = "To", jsonPath = ".status.to.qemuVersion", type = Type.STRING)
@AdditionalPrinterColumn(name = "Pause", jsonPath = ".status.pause", type = Type.STRING)
@AdditionalPrinterColumn(name = "Duration", jsonPath = ".status.duration", type = Type.STRING)
@AdditionalPrinterColumn(name = "Node", jsonPath = ".status.nodeName", type = Type.STRING)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.reason", type = Type.STRING)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class LiveUpdate extends CustomResource<LiveUpdateSpec, LiveUpdateStatus>
    implements Namespaced {

  /** Records have no empty instance: absent until set. */
  @Override
  protected @Nullable LiveUpdateSpec initSpec() {
    return null;
  }

  /** Absent until operator or agent has written it. */
  @Override
  protected @Nullable LiveUpdateStatus initStatus() {
    return null;
  }
}
