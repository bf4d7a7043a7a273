package dev.moult.bench;

import dev.moult.bench.DebianSeries.Side;
import dev.moult.bench.bare.BareDebian;
import dev.moult.bench.bare.BareQemu;
import dev.moult.bench.bare.Blueprint;
import dev.moult.bench.bare.CpuGroup;
import dev.moult.bench.load.Load;
import dev.moult.bench.product.ProductDebian;
import dev.moult.e2e.cluster.TestNamespace;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;

/**
 * Debian as a VirtualMachine and its bare twin: started in turn, then, both up and one of them at
 * rest, measured in turn. The product's address comes by DHCP, the twin's stands in its seed.
 */
final class DebianBench {
  private static final String CLAIM = "debian-data";
  private static final Duration PROGRAM = Duration.ofMinutes(3);

  /** A failed block of updates is tried again once. */
  private static final int MOST_FAILURES = 2;

  private final TestNamespace namespace;
  private final BareQemu.Launch plain;
  private final Path image;
  private final DebianSeries series;
  private final String userData;

  /**
   * Prepares it.
   *
   * @param image Debian's disk
   */
  DebianBench(TestNamespace namespace, BareQemu.Launch launch, Path image, PrintStream out)
      throws IOException {
    this.namespace = namespace;
    this.plain = launch;
    this.image = image;
    this.series = new DebianSeries(out);
    this.userData =
        text("user-data.yaml")
            .replace("@PROGRAM@", Base64.getEncoder().encodeToString(bytes("load/load.py")));
  }

  /** What was seen so far. */
  DebianSeries series() {
    return series;
  }

  /**
   * Measures everything.
   *
   * @param boots starts of each, at least 2
   * @param updates handoffs of each under load
   * @param rounds measurements of disks and network
   */
  void run(int boots, int updates, int rounds) throws Exception {
    Blueprint blueprint;
    BareQemu.Launch launch;
    try (var first = boot(1)) {
      blueprint = first.blueprint(plain.directory());
      launch =
          new BareQemu.Launch(
              plain.checkout(),
              plain.directory(),
              plain.version(),
              CpuGroup.likePodOf(first.qemuProcess()));
    }
    for (int i = 2; i < boots; i++) {
      bare(launch, blueprint).close();
      boot(i).close();
    }
    bare(launch, blueprint).close();
    try (var twin = bare(launch, blueprint);
        var guest = boot(boots)) {
      compare(twin, guest, updates, rounds);
    }
  }

  private void compare(BareDebian twin, ProductDebian guest, int updates, int rounds)
      throws Exception {
    var bare = new Load(twin.reach());
    var product = new Load(guest.reach());
    bare.prepare(PROGRAM);
    product.prepare(PROGRAM);
    series.throughput(Map.of(Side.BARE, bare, Side.PRODUCT, product), rounds);
    int left = updates;
    int failures = 0;
    while (left > 0 && failures < MOST_FAILURES) {
      int count = Math.min(left, DebianSeries.block());
      boolean good = series.handoffs(Side.BARE, twin::handOff, bare, count);
      good &= series.handoffs(Side.PRODUCT, guest::update, product, count);
      failures += good ? 0 : 1;
      left -= count;
    }
  }

  private BareDebian bare(BareQemu.Launch launch, Blueprint blueprint) throws Exception {
    var twin = BareDebian.boot(launch, blueprint, image, userData);
    series.booted(Side.BARE, twin.boot());
    return twin;
  }

  private ProductDebian boot(int number) throws IOException, InterruptedException {
    var name = "debian-" + number;
    var manifest =
        text("machine.yaml")
            .replace("@NAME@", name)
            .replace("@CLAIM@", CLAIM)
            .replace("@VERSION@", plain.version())
            .replace("@USERDATA@\n", userData.indent(10));
    var guest = ProductDebian.boot(namespace, name, manifest);
    series.booted(Side.PRODUCT, guest.boot());
    return guest;
  }

  private static String text(String resource) throws IOException {
    return new String(bytes(resource), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String resource) throws IOException {
    try (var in = DebianBench.class.getResourceAsStream(resource)) {
      return Objects.requireNonNull(in, resource).readAllBytes();
    }
  }
}
