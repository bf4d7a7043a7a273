package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.generator.annotation.ValidationRule;
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

/** A virtual machine whose QEMU can be replaced while its guest runs. */
@JsonClassDescription(
    "A virtual machine whose QEMU can be replaced while its guest runs. Its name has"
        + " at most 50 characters.")
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Kind("VirtualMachine")
@Singular("virtualmachine")
@Plural("virtualmachines")
@ShortNames("mvm")
@Categories("moult")
@AdditionalSelectableField(jsonPath = ".status.nodeName")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Node", jsonPath = ".status.nodeName", type = Type.STRING)
@AdditionalPrinterColumn(name = "Address", jsonPath = ".status.address", type = Type.STRING)
@AdditionalPrinterColumn(name = "QEMU", jsonPath = ".status.vmm.qemuVersion", type = Type.STRING)
@AdditionalPrinterColumn(
    name = "Up-to-date",
    jsonPath = ".status.conditions[?(@.type==\"UpToDate\")].status",
    type = Type.STRING)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@AdditionalPrinterColumn(
    name = "Strategy",
    jsonPath = ".spec.runStrategy",
    type = Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Pause",
    jsonPath = ".status.updates.lastPause",
    type = Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Updates",
    jsonPath = ".status.updates.completed",
    type = Type.INTEGER,
    priority = 1)
@AdditionalPrinterColumn(
    name = "VMM image",
    jsonPath = ".status.vmm.image",
    type = Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = Type.STRING,
    priority = 1)
@ValidationRule(
    value =
        "self.metadata.name.size() <= 50"
            + " && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
    message =
        "metadata.name must be at most 50 characters of a-z, 0-9 and '-', without dots:"
            + " the names of its pods are made from it")
public class VirtualMachine extends CustomResource<VirtualMachineSpec, VirtualMachineStatus>
    implements Namespaced {

  /** Records have no empty instance: absent until set. */
  @Override
  protected @Nullable VirtualMachineSpec initSpec() {
    return null;
  }

  /** Absent until operator or agent has written it. */
  @Override
  protected @Nullable VirtualMachineStatus initStatus() {
    return null;
  }
}
