package dev.moult.bench;

import dev.moult.bench.bare.BareGuest;
import dev.moult.bench.figures.Samples;
import dev.moult.bench.product.ProductGuest;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Rests of a guest, put aside and taken up by the product, beside those of its bare twin. */
final class RestSeries {
  private final String memory;
  private final PrintStream out;
  private final List<BareGuest.Rest> bare = new ArrayList<>();
  private final List<ProductGuest.Rest> product = new ArrayList<>();
  private long crashMicros = -1;

  RestSeries(String memory, PrintStream out) {
    this.memory = memory;
    this.out = out;
  }

  /**
   * Puts both aside in turn, so many times; then kills the product's QEMU once.
   *
   * @param directory for the twin's state
   */
  void run(BareGuest twin, ProductGuest guest, Path directory, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      bare.add(twin.rest(directory));
      product.add(guest.rest());
      out.printf(
          "  %2d/%d  stop: bare %s, product %s   resume: bare %s, product %s%n",
          i + 1,
          count,
          Samples.format(bare.getLast().stopMicros()),
          Samples.format(product.getLast().stopMicros()),
          Samples.format(bare.getLast().resumeMicros()),
          Samples.format(product.getLast().resumeMicros()));
    }
    twin.verify();
    crashMicros = guest.crash();
    out.printf(
        "  QEMU killed: the next one runs the guest after %s%n", Samples.format(crashMicros));
  }

  /** Its size of RAM. */
  String memory() {
    return memory;
  }

  /** Whether the guest answered after every rest. */
  boolean whole() {
    return !product.isEmpty() && product.stream().allMatch(ProductGuest.Rest::whole);
  }

  Samples bareStop() {
    return samples(bare, BareGuest.Rest::stopMicros);
  }

  Samples productStop() {
    return samples(product, ProductGuest.Rest::stopMicros);
  }

  Samples bareResume() {
    return samples(bare, BareGuest.Rest::resumeMicros);
  }

  Samples productResume() {
    return samples(product, ProductGuest.Rest::resumeMicros);
  }

  /** From the kill of QEMU until the next one ran the guest, microseconds; -1 if not measured. */
  long crashMicros() {
    return crashMicros;
  }

  private static <T> Samples samples(List<T> rests, ToLongFunction<T> of) {
    return Samples.of(rests.stream().mapToLong(of));
  }
}
