package dev.moult.launcher;

import dev.moult.wire.Role;
import dev.moult.wire.WireSocket;
import java.io.IOException;

/**
 * The first process of anchor and VMM pods. {@code launcher anchor|vmm|memory} dials the broker at
 * {@code /run/moult/agent.sock}; the last one never becomes another program but copies memory for
 * as long as its pod lives; {@code launcher --version} goes through the same code without a broker,
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
        case "memory" -> copyMemory();
        case "--version" -> {
          Rehearsal.run(version());
          System.out.println("moult launcher " + version());
          return 0;
        }
        default -> System.err.println("usage: launcher anchor | vmm | memory | --version");
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
    dialForEver(session::run);
  }

  private static void copyMemory() throws LaunchException, IOException, InterruptedException {
    var service = new MemoryService(version());
    // Whatever ends the pod: a save that is almost there is worth the pod's grace period.
    Runtime.getRuntime().addShutdownHook(new Thread(service::awaitIdle, "last-work"));
    dialForEver(service::run);
  }

  /** What is said to one broker, until it goes away. */
  private interface Conversation {
    void hold(WireSocket broker) throws LaunchException, IOException;
  }

  private static void dialForEver(Conversation conversation)
      throws LaunchException, IOException, InterruptedException {
    var dialler = new Dialler(directory(), SOCKET);
    long pause = 0;
    while (true) {
      try (WireSocket broker = dialler.dial()) {
        conversation.hold(broker);
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
