package dev.moult.agent.node;

import dev.moult.agent.rehearsal.Rehearsal;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.enterprise.event.Observes;
import java.nio.file.Path;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Starts the agent. With {@code --rehearse} it only goes the path of a handoff some times and
 * exits: the training run for the image's AOT cache.
 */
@QuarkusMain
public class Main implements QuarkusApplication {
  private static final Logger LOG = Logger.getLogger(Main.class);

  /** Enough for the compiler to have taken the path in; about two seconds on a cold start. */
  private static final int HANDOFFS = 20;

  private final Agent agent;

  /** Made by the container. */
  public Main(Agent agent) {
    this.agent = agent;
  }

  @Override
  public int run(String... args) throws Exception {
    if (List.of(args).contains("--rehearse")) {
      rehearse();
      return 0;
    }
    agent.start();
    var unused =
        Thread.ofPlatform()
            .daemon()
            .name("rehearsal")
            .start(() -> {
              try {
                rehearse();
              } catch (Exception e) {
                LOG.warn("the rehearsal failed; the first handoff will be slower", e);
              } finally {
                agent.rehearsed();
              }
            });
    Quarkus.waitForExit();
    return 0;
  }

  private static void rehearse() throws Exception {
    long began = System.nanoTime();
    List<Long> pauses = Rehearsal.play(Path.of(System.getProperty("java.io.tmpdir")), HANDOFFS);
    LOG.infof(
        "rehearsed %d handoffs in %d ms, the first with %d us of our own, the last with %d us",
        pauses.size(),
        (System.nanoTime() - began) / 1_000_000,
        pauses.getFirst(),
        pauses.getLast());
  }

  void end(@Observes ShutdownEvent event) throws InterruptedException {
    agent.stop();
  }
}
