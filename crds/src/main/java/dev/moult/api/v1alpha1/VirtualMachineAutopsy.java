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
 * One look into a guest's memory, which outlives its QEMU: the kernel's log, and for who has the
 * key an ELF core. A verb, not a thing to keep in git: it is deleted after its time.
 */
@JsonClassDescription(
    "One look into a guest's memory, which outlives its QEMU: the log of its Linux kernel, and for"
        + " who has the key an ELF core. A verb, not a thing to keep in git: create it with"
        + " metadata.generateName; it is deleted after spec.ttl.")
@Group(ApiNames.GROUP)
@Version(ApiNames.VERSION)
@Kind("VirtualMachineAutopsy")
@Singular("virtualmachineautopsy")
@Plural("virtualmachineautopsies")
@ShortNames("mva")
@Categories("moult")
@AdditionalSelectableField(jsonPath = ".status.nodeName")
@AdditionalPrinterColumn(name = "VM", jsonPath = ".spec.virtualMachine", type = Type.STRING)
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", type = Type.STRING)
@AdditionalPrinterColumn(name = "Kernel", jsonPath = ".status.findings.kernel", type = Type.STRING)
@AdditionalPrinterColumn(name = "Lines", jsonPath = ".status.findings.lines", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "Node", jsonPath = ".status.nodeName", type = Type.STRING)
@AdditionalPrinterColumn(name = "Age", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
public class VirtualMachineAutopsy
    extends CustomResource<VirtualMachineAutopsySpec, VirtualMachineAutopsyStatus>
    implements Namespaced {

  /** Records have no empty instance: absent until set. */
  @Override
  protected @Nullable VirtualMachineAutopsySpec initSpec() {
    return null;
  }

  /** Absent until operator or agent has written it. */
  @Override
  protected @Nullable VirtualMachineAutopsyStatus initStatus() {
    return null;
  }
}
