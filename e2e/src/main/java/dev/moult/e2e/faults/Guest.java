package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.guest.GuestServices;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * What runs in the lanes' machines. Whatever it is, it checks itself all the while and answers as
 * {@link GuestServices} asks; what must be true of it after a fault is the same for all.
 */
interface Guest {
  /** What it is, for people. */
  String title();

  /** What it is run with when no cells are named. */
  Predicate<Trial> cells();

  /** How many machines with it are run at once when no number is said. */
  int lanes();

  /** So long it may take until it answers: its boot. */
  Duration patience();

  /** What makes a machine with it. */
  String manifest(String name) throws IOException;

  /** What the objects say wrongly of it alone; empty when nothing. */
  List<String> complaints(VirtualMachine vm);

  /**
   * The one of that name.
   *
   * @param name {@code example} or {@code debian}
   * @param checkout where the repository is
   */
  static Guest named(String name, Path checkout) {
    return switch (name) {
      case "example" -> new ExampleGuest(checkout);
      case "debian" -> new DebianGuest();
      default -> throw new IllegalArgumentException("no guest is called " + name);
    };
  }
}
