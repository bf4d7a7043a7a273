package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.ExampleVm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * The kernel with the one small program of docs/examples/web.yaml, which boots in seconds.
 *
 * @param checkout where the repository is
 */
record ExampleGuest(Path checkout) implements Guest {
  private static final int LANES = 4;

  @Override
  public String title() {
    return "the example's guest";
  }

  @Override
  public Predicate<Trial> cells() {
    return cell -> true;
  }

  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public Duration patience() {
    return Duration.ofMinutes(3);
  }

  @Override
  public String manifest(String name) throws IOException {
    return ExampleVm.manifest(
        checkout,
        name,
        yaml ->
            yaml.replace("moult.local/qemu:10.0.2", "moult.local/qemu:11.1.3")
                .replace("size: 512Mi", "size: 256Mi")
                .replace("args: ", "args: moult.verify_disk=vda ")
                .replace(
                    "  networks:",
                    "  disks: [{name: written, emptyDisk: {capacity: 16Mi}}]\n  networks:")
                .replace("request: 200m", "request: 50m"));
  }

  @Override
  public List<String> complaints(VirtualMachine vm) {
    return List.of();
  }
}
