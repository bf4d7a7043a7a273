package dev.moult.launcher;

import dev.moult.wire.Role;
import dev.moult.wire.WireSocket;
import java.io.IOException;

/**
 * The first process of anchor and VMM pods. {@code launcher anchor|vmm} dials the broker at {@code
 * /run/moult/agent.sock}; {@code launcher --version} goes through the same code without a broker,
 * which shows that the image is whole and trains its AOT cache.
 */
public final class Launcher {
  /** Another directory than {@value #DEFAULT_DIRECTORY} that holds the broker's socket. */
  private static final String DIRECTORY = "MOULT_LAUNCHER_DIR";

  private static final String DEFAULT_DIRECTORY = "/run/moult";
  private static final String SOCKET = "agent.sock";

  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 1_000;

  private Launcher() {}

  /** Runs as the arguments say; returns only by exiting, with 1 after a failure. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    String mode = args.length == 1 ? args[0] : "";
    try {
      switch (mode) {
        case "anchor" -> launch(Role.ANCHOR);
        case "vmm" -> launch(Role.VMM);
        case "--version" -> {
          Rehearsal.run(version());
          System.out.println("moult launcher " + version());
          return 0;
        }
        default -> System.err.println("usage: launcher anchor | vmm | --version");
      }
    } catch (LaunchException e) {
      System.err.println("moult: " + e.sentence());
    } catch (IOException e) {
      System.err.println("moult: the broker cannot be spoken to: " + e.getMessage());
    } catch (InterruptedException e) {
      System.err.println("moult: interrupted");
    }
    return 1;
  }

  private static void launch(Role role) throws LaunchException, IOException, InterruptedException {
    // First of all: the probe takes longest, and needs nothing from anybody.
    QemuProbe probe = role == Role.VMM ? QemuProbe.start() : null;
    var session = new Session(role, version(), probe);
    var dialler = new Dialler(directory(), SOCKET);
    long pause = 0;
    while (true) {
      try (WireSocket broker = dialler.dial()) {
        session.run(broker);
      }
      // A broker that restarts shows by its new socket; one that hangs up on us shows by nothing.
      Thread.sleep(pause);
      pause = Math.min(Math.max(FIRST_PAUSE_MILLIS, pause * 2), LONGEST_PAUSE_MILLIS);
    }
  }

  private static String directory() {
    String other = System.getenv(DIRECTORY);
    return other == null ? DEFAULT_DIRECTORY : other;
  }

  private static String version() {
    String version = Launcher.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
