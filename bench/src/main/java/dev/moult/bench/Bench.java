package dev.moult.bench;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.bench.bare.BareGuest;
import dev.moult.bench.bare.BareQemu;
import dev.moult.bench.bare.CpuGroup;
import dev.moult.bench.product.Installation;
import dev.moult.bench.product.ProductGuest;
import dev.moult.e2e.cluster.ExampleVm;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code make bench}. Exits with 0 when everything could be measured, whether or not each figure
 * was reached, and with 1 when something could not.
 */
@Command(
    name = "dev/bench",
    mixinStandardHelpOptions = true,
    description =
        "Live updates of a guest beside bare handoffs of its twin between two QEMUs as plain"
            + " processes, and the figures that Moult promises beside what was seen.")
public final class Bench implements Callable<Integer> {
  private static final String NAMESPACE = "moult-bench";

  @Option(
      names = "--updates",
      defaultValue = "20",
      description = "live updates, and bare handoffs, at each size of RAM (default: 20)")
  private int updates;

  @Option(
      names = "--starts",
      defaultValue = "5",
      description = "starts of a VirtualMachine at the first size (default: 5)")
  private int starts;

  @Option(
      names = "--memory",
      split = ",",
      defaultValue = "512Mi,2Gi",
      description = "sizes of RAM (default: 512Mi,2Gi)")
  private List<String> sizes = List.of();

  @Option(
      names = "--rests",
      defaultValue = "5",
      description = "suspends and resumes at each size of --rest-memory (default: 5)")
  private int rests;

  @Option(
      names = "--rest-memory",
      split = ",",
      defaultValue = "512Mi,2Gi,8Gi",
      description = "sizes of RAM of guests that are suspended (default: 512Mi,2Gi,8Gi)")
  private List<String> restSizes = List.of();

  @Option(
      names = "--qemu",
      defaultValue = "11.1.3",
      description = "version of QEMU (default: 11.1.3)")
  private String version = "";

  @Option(
      names = "--machine",
      defaultValue = "ALL",
      description =
          "which guests: EXAMPLE, the one of docs/examples/web.yaml; DEBIAN, from a disk image,"
              + " with verified writes and a stream; ALL (default)")
  private Machines machines = Machines.ALL;

  @Option(
      names = "--boots",
      defaultValue = "2",
      description = "starts of Debian and of its bare twin, about a minute each (default: 2)")
  private int boots;

  @Option(
      names = "--debian-updates",
      defaultValue = "8",
      description = "live updates of Debian, and bare handoffs, under load (default: 8)")
  private int debianUpdates;

  @Option(
      names = "--rounds",
      defaultValue = "11",
      description =
          "measurements of Debian's disks and network, each 0.4 s on either side (default: 11)")
  private int rounds;

  @Option(
      names = "--bare-only",
      description = "bare handoffs of the example alone: no cluster is needed, no figure is judged")
  private boolean bareOnly;

  @Option(
      names = "--guest",
      required = true,
      hidden = true,
      description = "root file system of the guest image; dev/bench passes it")
  private Path guestRoot = Path.of("");

  @Option(
      names = "--debian",
      hidden = true,
      description = "root file system of Debian's image; dev/bench passes it")
  private @Nullable Path debianRoot;

  /** Which guests are measured. */
  enum Machines {
    EXAMPLE,
    DEBIAN,
    ALL
  }

  private final PrintStream out = System.out;
  private final Path checkout = Path.of("").toAbsolutePath();
  private final Figures figures = new Figures();

  /** Runs it in the checkout, as dev/bench does. */
  public static void main(String[] arguments) {
    // A bare QEMU does not end with its parent.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly)));
    System.exit(new CommandLine(new Bench()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    out.printf(
        "bench: QEMU %s to itself, TCG, %d CPUs%n",
        version, Runtime.getRuntime().availableProcessors());
    if (machines != Machines.DEBIAN) {
      out.printf("%d handoffs of each kind at %s%n", updates, String.join(" and ", sizes));
    }
    var directory = Files.createTempDirectory("moult-bench");
    try {
      if (bareOnly) {
        for (var size : sizes) {
          bareSeries(directory, size);
        }
        return 0;
      }
      try (var client = new KubernetesClientBuilder().build()) {
        return onCluster(client, directory);
      }
    } finally {
      remove(directory);
    }
  }

  private void bareSeries(Path directory, String size) throws Exception {
    var series = new Series(size, out);
    try (var guest = bareGuest(directory, size, null)) {
      series.run(guest, updates);
    }
    new SeriesReport(series, out).print();
  }

  private int onCluster(KubernetesClient client, Path directory) throws Exception {
    var moult = new Installation(client);
    var namespace = freshNamespace(client);
    try {
      if (machines != Machines.DEBIAN) {
        measured("starts", () -> startSome(namespace));
        for (var size : sizes) {
          measured("live updates, " + size, () -> series(namespace, moult, directory, size));
        }
        for (var size : restSizes) {
          measured("suspend, " + size, () -> rests(namespace, directory, size));
        }
        measured("disks", () -> disks(namespace));
      }
      if (machines != Machines.EXAMPLE) {
        measured("Debian", () -> debian(namespace, directory));
      }
      measured("resident memory", () -> figures.resident(moult.resident()));
    } finally {
      remove(namespace);
    }
    out.println();
    figures.table().print(out);
    return figures.table().isComplete() ? 0 : 1;
  }

  /** Without what an interrupted run may have left. */
  private static TestNamespace freshNamespace(KubernetesClient client) {
    if (client.namespaces().withName(NAMESPACE).get() != null) {
      TestNamespace.create(client, NAMESPACE).delete();
    }
    return TestNamespace.create(client, NAMESPACE);
  }

  private interface Measurement {
    void run() throws Exception;
  }

  /** What fails is told, and the rest is measured all the same. */
  private void measured(String what, Measurement measurement) throws InterruptedException {
    try {
      measurement.run();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | AssertionError e) {
      out.printf("  %s: %s%n", what, e);
      figures.missing(what, e);
    }
  }

  private void remove(TestNamespace namespace) {
    try {
      namespace.delete();
    } catch (RuntimeException e) {
      figures.missing("virtual machines removed", e);
    }
  }

  private void startSome(TestNamespace namespace) throws IOException {
    var size = sizes.getFirst();
    List<Duration> took = new ArrayList<>();
    for (int i = 0; i < starts; i++) {
      var name = "start-" + (i + 1);
      took.add(ProductGuest.startAndRemove(namespace, name, manifest(name, size)));
    }
    figures.starts(size, took);
  }

  private void series(TestNamespace namespace, Installation moult, Path directory, String size)
      throws Exception {
    out.printf("%n%s (load of the machine: %.1f)%n", size, load());
    var series = new Series(size, out);
    var name = "guest-" + sizes.indexOf(size);
    try (var guest = ProductGuest.boot(namespace, name, manifest(name, size));
        var twin = bareGuest(directory, size, CpuGroup.likePodOf(guest.qemuProcess()))) {
      if (!size.equals(sizes.getFirst())) {
        figures.starts(size, List.of(guest.start()));
      }
      series.run(twin, guest, moult, updates);
    } finally {
      new SeriesReport(series, out).print();
      figures.series(series, updates);
    }
  }

  private void rests(TestNamespace namespace, Path directory, String size) throws Exception {
    out.printf("%nsuspend and resume, %s (load of the machine: %.1f)%n", size, load());
    var series = new RestSeries(size, out);
    var name = "rest-" + restSizes.indexOf(size);
    try (var guest = ProductGuest.boot(namespace, name, manifest(name, size));
        var twin = bareGuest(directory, size, CpuGroup.likePodOf(guest.qemuProcess()))) {
      series.run(twin, guest, directory, rests);
    } finally {
      figures.rests(series);
    }
  }

  private void debian(TestNamespace namespace, Path directory) throws Exception {
    out.printf("%nDebian (load of the machine: %.1f)%n", load());
    var image = Objects.requireNonNull(debianRoot, "--debian").resolve("disk/root.qcow2");
    var launch = new BareQemu.Launch(checkout, directory, version, null);
    var bench = new DebianBench(namespace, launch, image, out);
    try {
      bench.run(boots, debianUpdates, rounds);
    } finally {
      new DebianFigures(bench.series(), figures.table()).add(debianUpdates);
    }
  }

  private void disks(TestNamespace namespace) throws Exception {
    out.printf("%ndisks on scsi (load of the machine: %.1f)%n", load());
    var series = new DiskSeries(out);
    try (var one = ProductGuest.boot(namespace, "one", withDisks("one", 1));
        var many = ProductGuest.boot(namespace, "many", withDisks("many", DiskSeries.MANY))) {
      figures.besideQemu(one.besideQemu());
      series.run(one, many, updates);
    }
    figures.disks(series);
  }

  private String withDisks(String name, int count) throws IOException {
    return manifest(name, sizes.getFirst())
        .replaceFirst("(?m)^  networks:", DiskSeries.disks(count) + "  networks:");
  }

  /** Other work on the machine shows in every figure: runnable tasks, over the last minute. */
  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private BareGuest bareGuest(Path directory, String size, @Nullable CpuGroup weight)
      throws Exception {
    var vm = Serialization.unmarshal(manifest("bare", size), VirtualMachine.class);
    return BareGuest.boot(
        new BareQemu.Launch(checkout, directory, version, weight), vm.getSpec(), guestRoot);
  }

  /** The example's machine, everything that could differ between the twins written out. */
  private String manifest(String name, String size) throws IOException {
    return ExampleVm.manifest(
        checkout,
        name,
        yaml ->
            yaml.replaceFirst("(?m)^spec:$", "spec:\n  machineType: pc-q35-10.0")
                .replaceFirst("size: \\S+", "size: " + size)
                .replaceFirst(
                    "( *)image: \\S+qemu:\\S+",
                    "$1image: moult.local/qemu:" + version + "\n$1acceleration: TCG")
                .replaceFirst("GracePeriodSeconds: \\d+", "GracePeriodSeconds: 1"));
  }

  private static void remove(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
