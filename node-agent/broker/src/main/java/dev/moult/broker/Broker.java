package dev.moult.broker;

import dev.moult.broker.log.Log;
import dev.moult.broker.network.GuestNetworks;
import dev.moult.broker.network.Isolation;
import dev.moult.broker.network.TapWatches;
import dev.moult.broker.pod.PodProcess;
import dev.moult.broker.pod.Pods;
import dev.moult.linux.LinuxException;
import dev.moult.linux.process.ProcessImage;
import dev.moult.linux.process.ProcessTree;
import dev.moult.wire.PodStatus;
import dev.moult.wire.Role;
import java.io.IOException;
import java.time.Duration;

/**
 * The node agent's privileged container. Configured by the environment alone, see {@link Settings};
 * {@code --version} shows that the image is whole and trains its AOT cache.
 */
public final class Broker {
  /** Less than the pod's grace period, more than the agent takes. */
  private static final Duration AGENTS_END = Duration.ofSeconds(27);

  private static final int REHEARSALS = 100;

  private Broker() {}

  /** Runs until killed: there is nothing to clean up that the next broker does not find again. */
  public static void main(String[] args) {
    if (args.length == 1 && args[0].equals("--version")) {
      System.exit(version());
    }
    try {
      run(Settings.of(System.getenv()));
    } catch (IOException | IllegalArgumentException e) {
      Log.warn("broker cannot start", "error", String.valueOf(e.getMessage()));
      System.exit(1);
    } catch (InterruptedException e) {
      System.exit(1);
    }
  }

  private static void run(Settings settings) throws IOException, InterruptedException {
    // Sockets are born with the mode they are given; every file here names its own.
    ProcessImage.umask(0);
    RunDirectory.prepare(settings);
    try (Pods pods = Pods.start(settings);
        var networks = new GuestNetworks();
        var taps = new TapWatches(settings.run().resolve("taps"));
        var isolation = new Isolation();
        var turns = new Turns();
        var heartbeat = Heartbeat.start(pods, settings.run());
        AgentServer server =
            AgentServer.bind(
                settings, pods, new Requests(pods, networks, taps, isolation), turns)) {
      pods.unlaunched(Role.VMM).forEach(isolation::add);
      resumeRouters(pods, networks);
      // When the whole pod is ended, the agent needs a broker to finish its handoffs.
      Runtime.getRuntime()
          .addShutdownHook(Thread.ofPlatform().unstarted(() -> server.awaitAgentsEnd(AGENTS_END)));
      Log.info("broker ready", "socket", settings.socket().toString());
      Thread.ofPlatform().daemon().name("rehearsal").start(Broker::rehearse);
      server.run();
    }
  }

  /** Of the guests that the broker before this one left. */
  private static void resumeRouters(Pods pods, GuestNetworks networks) {
    for (PodStatus pod : pods.list()) {
      if (pod.role() == Role.ANCHOR && pod.stage() == PodStatus.Stage.LAUNCHED) {
        try (PodProcess anchor = pods.process(pod.podUid())) {
          networks.resumeRouter(anchor);
        } catch (Refusal e) {
          Log.info("anchor died meanwhile", "pod", pod.podUid());
        }
      }
    }
  }

  /** A guest stands still while its old QEMU is frozen: not for the compiler too. */
  private static void rehearse() {
    try {
      ProcessTree.rehearse(REHEARSALS);
    } catch (LinuxException e) {
      Log.warn("the freeze was not rehearsed", "error", String.valueOf(e.getMessage()));
    }
  }

  private static int version() {
    try {
      Rehearsal.run();
      String version = Broker.class.getPackage().getImplementationVersion();
      System.out.println("moult broker " + (version == null ? "development" : version));
      return 0;
    } catch (IOException | InterruptedException e) {
      Log.warn("rehearsal failed", "error", e.toString());
      return 1;
    }
  }
}
