package dev.moult.agent.node;

import dev.moult.agent.autopsy.ApiTelling;
import dev.moult.agent.autopsy.Autopsies;
import dev.moult.agent.broker.BrokerLink;
import dev.moult.agent.broker.LateLink;
import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.journal.NodeLock;
import dev.moult.agent.meter.QemuReader;
import dev.moult.agent.meter.VmCollector;
import dev.moult.agent.meter.VmMeters;
import dev.moult.agent.pairs.PairsFile;
import dev.moult.agent.run.NodeContext;
import dev.moult.agent.run.VmDirectory;
import dev.moult.agent.status.ApiTeller;
import dev.moult.agent.status.ApiWriter;
import dev.moult.agent.status.EventRecorder;
import dev.moult.agent.status.StatusClient;
import dev.moult.agent.watch.AutopsyWatch;
import dev.moult.agent.watch.NodeWatch;
import dev.moult.api.v1alpha1.Acceleration;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The agent of one node, put together and started in the order that is safe: the lock, the journal,
 * the broker, and only then the API server.
 */
@ApplicationScoped
public class Agent {
  private static final Logger LOG = Logger.getLogger(Agent.class);

  /** How long guests that an agent's death left standing have this process to themselves. */
  private static final Duration SETTLED = Duration.ofSeconds(5);

  private static final Duration TELL_AT_THE_END = Duration.ofSeconds(3);

  private final Settings settings;
  private final KubernetesClient client;
  private final PrometheusMeterRegistry registry;
  private volatile @Nullable Running running;
  private volatile boolean listed;
  private volatile boolean rehearsed;

  private record Running(
      NodeLock lock,
      Journal journal,
      VmDirectory vms,
      LateLink broker,
      NodeWatch watch,
      Autopsies autopsies,
      AutopsyWatch autopsyWatch,
      PairsFile pairs,
      ApiWriter writer) {}

  /** Nothing is begun before {@link #start}. */
  public Agent(Settings settings, KubernetesClient client, PrometheusMeterRegistry registry) {
    this.settings = settings;
    this.client = client;
    this.registry = registry;
  }

  /** Waits for the lock, then begins. */
  public void start() throws IOException, InterruptedException {
    NodeLock lock = NodeLock.acquire(settings.run().resolve("lock"));
    LOG.infof("this agent acts for its node node=%s", settings.nodeName());
    Clock clock = Clock.systemUTC();
    Journal journal = new Journal(settings.run().resolve("vms"));
    NodeInventory inventory = new NodeInventory(acceleration(settings.acceleration()));
    ApiWriter writer = new ApiWriter();
    EventRecorder events = new EventRecorder(client, writer, settings.nodeName(), clock);
    ApiTeller teller = new ApiTeller(new StatusClient(client), events, writer, inventory, clock);
    UpdateMetrics metrics = new UpdateMetrics(registry);
    LateLink broker = new LateLink();
    PairsFile pairs =
        new PairsFile(
            settings.knownPairs(),
            (good, sentence) ->
                events.recordOnNode(
                    good ? EventRecorder.Kind.NORMAL : EventRecorder.Kind.WARNING,
                    "MoultKnownPairs",
                    sentence));
    pairs.start();
    NodeContext node =
        new NodeContext(settings.nodeName(), broker, inventory, pairs, teller, metrics, clock);
    VmDirectory vms = new VmDirectory(journal, node);
    metrics.watch(vms::guests, vms::updating, () -> journalAge(journal, clock));
    // Of the registry that is served: an injected CollectorRegistry is a new one each time.
    new VmCollector(new VmMeters(vms::glimpses, new QemuReader(broker)))
        .register(registry.getPrometheusRegistry());
    broker.connect(
        new BrokerLink(
            settings.brokerSocket(),
            new FirstGreeting(
                vms,
                () -> {
                  metrics.node(inventory, settings.nodeName());
                  events.recordOnNode(
                      EventRecorder.Kind.NORMAL, "MoultInventory", inventory.sentence());
                })));
    vms.load();
    vms.awaitSettled(SETTLED);
    NodeWatch watch = new NodeWatch(client, settings.nodeName(), vms);
    Autopsies autopsies =
        new Autopsies(
            vms::glimpses, broker, new ApiTelling(new StatusClient(client), writer, events), clock);
    AutopsyWatch autopsyWatch =
        new AutopsyWatch(client, settings.nodeName(), autopsies::seen, autopsies::gone);
    running =
        new Running(lock, journal, vms, broker, watch, autopsies, autopsyWatch, pairs, writer);
    var unused =
        watch
            .start()
            .whenComplete((done, problem) -> {
              if (problem == null) {
                listed = true;
                startAutopsies(autopsyWatch);
              } else {
                LOG.error("the API server cannot be watched", problem);
              }
            });
  }

  /** After all else: an API server without that kind must not keep the agent from its guests. */
  private static void startAutopsies(AutopsyWatch watch) {
    var unused =
        watch
            .start()
            .exceptionally(problem -> {
              LOG.errorf("autopsies cannot be watched: %s", problem.getMessage());
              return null;
            });
  }

  private static Acceleration acceleration(String word) {
    return Arrays.stream(Acceleration.values())
        .filter(one -> one.name().equalsIgnoreCase(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("MOULT_ACCELERATION is Auto, KVM or TCG, not " + word));
  }

  private static Duration journalAge(Journal journal, Clock clock) {
    try {
      Instant oldest = clock.instant();
      for (var vm : journal.all()) {
        var update = vm.directory().resolve("update.json");
        if (Files.exists(update)) {
          Instant written = Files.getLastModifiedTime(update).toInstant();
          oldest = written.isBefore(oldest) ? written : oldest;
        }
      }
      return Duration.between(oldest, clock.instant());
    } catch (IOException e) {
      return Duration.ZERO; // a file that ended between the listing and the look
    }
  }

  /** The path of a handoff was gone once: the next is as quick as the tenth. */
  void rehearsed() {
    rehearsed = true;
  }

  /** Whether it holds the lock. */
  public boolean isStarted() {
    return running != null;
  }

  /** Whether it can work: the broker answers, everything was listed, the path is warm. */
  public boolean isReady() {
    Running now = running;
    return now != null && listed && rehearsed && now.broker().isUp();
  }

  /** Whether its threads live. */
  public boolean isAlive() {
    Running now = running;
    return now == null || now.vms().isAlive();
  }

  /** Ends: handoffs first, then what is left to tell, then the lock. */
  public void stop() throws InterruptedException {
    Running now = running;
    if (now == null) {
      return;
    }
    running = null;
    now.vms().stop(settings.endOfHandoffs());
    now.writer().drain(TELL_AT_THE_END);
    now.watch().close();
    now.autopsyWatch().close();
    now.autopsies().close();
    now.broker().close();
    try {
      now.pairs().close();
    } catch (IOException e) {
      LOG.warn("the watch of the known pairs does not close", e);
    }
    now.writer().close();
    now.lock().close();
  }
}
