package dev.moult.e2e.cluster;

import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** The virtual machine of docs/examples, under another name or with something changed. */
public final class ExampleVm {
  private ExampleVm() {}

  /**
   * The example's manifest.
   *
   * @param checkout where the repository is
   * @param name the name to give it
   * @param change what to do to its text, such as replacing an image
   */
  public static String manifest(Path checkout, String name, UnaryOperator<String> change)
      throws IOException {
    var yaml = Files.readString(checkout.resolve("docs/examples/web.yaml"));
    var vm = Serialization.unmarshal(change.apply(yaml), VirtualMachine.class);
    vm.getMetadata().setName(name);
    return Serialization.asYaml(vm);
  }
}
