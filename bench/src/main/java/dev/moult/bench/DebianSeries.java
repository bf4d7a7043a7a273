package dev.moult.bench;

import dev.moult.api.v1alpha1.StepName;
import dev.moult.bench.figures.Samples;
import dev.moult.bench.load.Buckets;
import dev.moult.bench.load.Load;
import dev.moult.bench.load.Stream;
import dev.moult.bench.load.Written;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Debian and its bare twin, measured in turn by the same program inside: what disks and network
 * give, and what a handoff does to verified writes and to a stream.
 */
final class DebianSeries {
  /** A stream's throughput before a handoff is that of so long. */
  private static final Duration BEFORE = Duration.ofSeconds(2);

  /** So long a stream is looked at after a handoff; what takes longer is out of question. */
  static final Duration AFTER = Duration.ofSeconds(3);

  private static final Duration SPAN = Duration.ofMillis(400);

  /** Handoffs from one start of the load to its end, when all is read back. */
  private static final int BLOCK = 4;

  private final PrintStream out;
  private final Map<Side, Seen> seen = new EnumMap<>(Side.class);

  DebianSeries(PrintStream out) {
    this.out = out;
    for (var side : Side.values()) {
      seen.put(side, new Seen());
    }
  }

  /** Who runs the guest. */
  enum Side {
    BARE,
    PRODUCT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A guest as it is handed over. */
  interface Guest {
    /** Hands it over; steps by the wall clock. */
    Steps handOff() throws Exception;
  }

  /**
   * One handoff under load.
   *
   * @param pauseMicros STOP to RESUME, by the QEMUs' stamps
   * @param backMicros from STOP until the stream's throughput was back; empty if it was not
   */
  record Handoff(long pauseMicros, OptionalLong backMicros) {}

  /** All of one side. */
  static final class Seen {
    private final List<Handoff> handoffs = new ArrayList<>();
    private final List<Duration> boots = new ArrayList<>();
    private final Map<String, List<Long>> rates = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private Written written = Written.NONE;

    /** Handoffs under load, in their order. */
    List<Handoff> handoffs() {
      return handoffs;
    }

    /** Why handoffs failed. */
    List<String> failures() {
      return failures;
    }

    /** Pauses under load. */
    Samples pauses() {
      return Samples.of(handoffs.stream().mapToLong(Handoff::pauseMicros));
    }

    /** What the verified writes have shown, over all handoffs. */
    Written written() {
      return written;
    }

    /** Times from start to ssh, in microseconds. */
    Samples boots() {
      return Samples.of(boots.stream().mapToLong(boot -> boot.toNanos() / 1_000));
    }

    /** What was measured under that name. */
    Samples rates(String what) {
      return Samples.of(rates.getOrDefault(what, List.of()).stream().mapToLong(Long::longValue));
    }
  }

  Seen of(Side side) {
    return Objects.requireNonNull(seen.get(side));
  }

  /** Notes a boot. */
  void booted(Side side, Duration took) {
    of(side).boots.add(took);
    out.printf("  %s: ssh answers after %.2f s%n", side, took.toNanos() / 1e9);
  }

  /** A quantity that is measured on both sides. */
  private interface Measure {
    long take(Load load) throws IOException, InterruptedException;
  }

  /** A round trip, in nanoseconds; all else is bytes a second. */
  static final String ROUND_TRIP = "network: round trip of a byte over TCP";

  private static Map<String, Measure> measures() {
    Map<String, Measure> all = new LinkedHashMap<>();
    for (var disk : Load.Disk.values()) {
      for (var pattern : Load.Pattern.values()) {
        all.put(
            "%s: %s".formatted(disk == Load.Disk.ROOT ? "overlay" : "claim", pattern.words()),
            load -> load.disk(disk, pattern, SPAN));
      }
    }
    all.put("network: from the guest", load -> load.fromGuest(SPAN));
    all.put("network: to the guest", load -> load.toGuest(SPAN));
    all.put(ROUND_TRIP, load -> load.roundTrip(SPAN));
    return all;
  }

  /** What is measured of disks and network, by name. */
  static List<String> quantities() {
    return List.copyOf(measures().keySet());
  }

  /** Measures disks and network of both so many times, in turn; who begins changes each time. */
  void throughput(Map<Side, Load> loads, int rounds) throws IOException, InterruptedException {
    for (int i = 0; i < rounds; i++) {
      var order = new ArrayList<>(Arrays.asList(Side.values()));
      if (i % 2 == 1) {
        order.add(order.removeFirst());
      }
      for (var measure : measures().entrySet()) {
        for (var side : order) {
          of(side)
              .rates
              .computeIfAbsent(measure.getKey(), name -> new ArrayList<>())
              .add(measure.getValue().take(Objects.requireNonNull(loads.get(side))));
        }
      }
    }
  }

  /**
   * Hands one over so many times while its guest writes and streams; then all is read back.
   *
   * @param count how many times; one that fails ends this
   * @return whether none failed
   */
  boolean handoffs(Side side, Guest guest, Load load, int count) throws Exception {
    try (var writes = load.verifiedWrites();
        var stream = load.stream()) {
      boolean good = true;
      for (int i = 0; i < count && good; i++) {
        Thread.sleep(BEFORE); // what a stream gives without a handoff can only be seen over time
        good = tried(side, guest, stream);
      }
      of(side).written = of(side).written.and(writes.stop());
      return good;
    }
  }

  private boolean tried(Side side, Guest guest, Stream stream) throws Exception {
    try {
      handOff(side, guest, stream);
      return true;
    } catch (IOException | RuntimeException | AssertionError e) {
      out.printf("  %s NOT MEASURED: %s%n", side, e);
      of(side).failures.add(String.valueOf(e.getMessage()));
      return false;
    }
  }

  private void handOff(Side side, Guest guest, Stream stream) throws Exception {
    long begin = Stream.now();
    var steps = guest.handOff();
    Thread.sleep(AFTER); // likewise
    Buckets buckets = stream.buckets();
    long stop = steps.at(StepName.GUEST_STOPPED);
    double before = buckets.median(begin - BEFORE.toNanos() / 1_000, begin);
    var handoff =
        new Handoff(steps.at(StepName.GUEST_RESUMED) - stop, buckets.backAfterMicros(stop, before));
    of(side).handoffs.add(handoff);
    out.printf(
        Locale.ROOT,
        "  %s: pause %s, %.0f MB/s before, back after %s%n",
        side,
        Samples.format(handoff.pauseMicros()),
        before * 1e6 / Buckets.MICROS / 1e6,
        handoff.backMicros().isPresent()
            ? Samples.format(handoff.backMicros().getAsLong())
            : "more than " + AFTER);
  }

  /** How many handoffs make a block. */
  static int block() {
    return BLOCK;
  }
}
