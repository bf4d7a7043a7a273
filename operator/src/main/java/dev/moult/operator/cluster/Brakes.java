package dev.moult.operator.cluster;

import dev.moult.operator.config.Settings;
import dev.moult.operator.config.SteadyClock;
import dev.moult.operator.vm.Updates;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Lets automatic LiveUpdates pass: so many at once in the cluster, so many on a node. */
@ApplicationScoped
public class Brakes {
  /** By then the watch has told of a LiveUpdate that was created. */
  private static final Duration UNSEEN = Duration.ofSeconds(30);

  private final Caches caches;
  private final Settings settings;
  private final Clock clock;
  private final Map<ResourceID, Pass> passes = new HashMap<>();

  /** The uid is that of the LiveUpdate made with it; empty until that is there. */
  private record Pass(String node, Instant until, String uid) {}

  /** Brakes as the settings say. */
  @Inject
  public Brakes(Caches caches, Settings settings, Clock clock) {
    this.caches = caches;
    this.settings = settings;
    this.clock = new SteadyClock(clock);
  }

  /** Takes a place for a LiveUpdate of this virtual machine; false if none is free. */
  public synchronized boolean pass(ResourceID vm, String node) {
    var now = clock.instant();
    passes.values().removeIf(pass -> pass.until().isBefore(now));
    var busy = new HashMap<ResourceID, String>();
    caches
        .liveUpdates()
        .filter(update -> !Updates.ended(update))
        .forEach(update -> {
          var namespace = update.getMetadata().getNamespace();
          var name = update.getSpec().virtualMachine();
          busy.put(new ResourceID(name, namespace), nodeOf(namespace, name));
        });
    passes.forEach((id, pass) -> busy.put(id, pass.node()));
    if (busy.containsKey(vm)
        || busy.size() >= settings.updates().perCluster()
        || busy.values().stream().filter(node::equals).count() >= settings.updates().perNode()) {
      return false;
    }
    passes.put(vm, new Pass(node, now.plus(UNSEEN), ""));
    return true;
  }

  /** The LiveUpdate of a pass was created. */
  public synchronized void created(ResourceID vm, String uid) {
    passes.computeIfPresent(vm, (id, pass) -> new Pass(pass.node(), pass.until(), uid));
  }

  /**
   * The watch has told of a LiveUpdate: it speaks for itself now, and takes no place at its end.
   * What nobody is told of, because its creation was not answered, keeps its place for {@link
   * #UNSEEN}.
   */
  public synchronized void seen(String uid) {
    passes.values().removeIf(pass -> pass.uid().equals(uid));
  }

  private String nodeOf(String namespace, String vm) {
    return caches
        .virtualMachine(namespace, vm)
        .map(v -> v.getStatus())
        .map(status -> Objects.requireNonNullElse(status.nodeName(), ""))
        .orElse("");
  }
}
