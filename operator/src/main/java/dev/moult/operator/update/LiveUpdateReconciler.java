package dev.moult.operator.update;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.LiveUpdatePhase;
import dev.moult.api.v1alpha1.LiveUpdateStatus;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Action.Outcome;
import dev.moult.operator.cluster.Caches;
import dev.moult.operator.cluster.Cluster;
import dev.moult.operator.cluster.Events;
import dev.moult.operator.cluster.Room;
import dev.moult.operator.cluster.SlimLiveUpdates;
import dev.moult.operator.cluster.Statuses;
import dev.moult.operator.config.SteadyClock;
import dev.moult.operator.metrics.UpdateMetrics;
import dev.moult.operator.node.NodeSight;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.PodImages;
import dev.moult.operator.pod.VmmPods;
import dev.moult.operator.vm.Updates;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/** LiveUpdate to one handoff, in five steps that are the same every time. */
@ControllerConfiguration(
    name = "liveupdate",
    finalizerName = LiveUpdateReconciler.FINALIZER,
    fieldManager = ApiNames.OPERATOR_MANAGER,
    generationAwareEventProcessing = false,
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES),
    informer = @Informer(itemStore = SlimLiveUpdates.class, informerListLimit = 2000))
@GradualRetry(
    maxAttempts = -1,
    initialInterval = 1000,
    intervalMultiplier = 2,
    maxInterval = 300_000)
public class LiveUpdateReconciler implements Reconciler<LiveUpdate>, Cleaner<LiveUpdate> {
  /** Held until the handoff has its verdict and is cleaned up. */
  static final String FINALIZER = "moult.dev/handoff";

  private static final Logger LOG = Logger.getLogger(LiveUpdateReconciler.class);
  private static final Duration NOT_COMPLETE = Duration.ofMillis(200);
  private static final Duration STALE = Duration.ofMillis(100);

  private final Caches caches;
  private final Cluster cluster;
  private final Room room;
  private final Statuses statuses;
  private final Events events;
  private final UpdateMetrics metrics;
  private final KubernetesClient client;
  private final PodImages images;
  private final Clock clock;
  private final Turns turns;

  /** When new pods were created, finer than their metadata tells; by the LiveUpdate's uid. */
  private final Map<String, Instant> created = new ConcurrentHashMap<>();

  /**
   * By which the time of an update under way is reckoned, by its uid: a clock that is set by an
   * hour must not end it.
   */
  private final Map<String, Clock> steady = new ConcurrentHashMap<>();

  /**
   * What came of one pass.
   *
   * @param sure whether the LiveUpdate may be forgotten, if it has ended
   */
  private record Pass(Optional<Duration> again, boolean sure) {
    static Pass again(Duration delay) {
      return new Pass(Optional.of(delay), false);
    }
  }

  /** A reconciler with all its collaborators. */
  public LiveUpdateReconciler(
      Caches caches,
      Cluster cluster,
      Room room,
      Statuses statuses,
      Events events,
      UpdateMetrics metrics,
      KubernetesClient client,
      PodImages images,
      Clock clock) {
    this.caches = caches;
    this.cluster = cluster;
    this.room = room;
    this.statuses = statuses;
    this.events = events;
    this.metrics = metrics;
    this.client = client;
    this.images = images;
    this.clock = clock;
    turns = new Turns(vm -> caches.liveUpdatesOf(vm.getNamespace().orElseThrow(), vm.getName()));
  }

  @Override
  public List<EventSource<?, LiveUpdate>> prepareEventSources(
      EventSourceContext<LiveUpdate> context) {
    caches.ofLiveUpdates(context);
    return List.of(caches.updateNudges());
  }

  @Override
  public UpdateControl<LiveUpdate> reconcile(LiveUpdate update, Context<LiveUpdate> context) {
    look(update, context);
    return UpdateControl.noUpdate();
  }

  @Override
  public DeleteControl cleanup(LiveUpdate update, Context<LiveUpdate> context) {
    var pass = look(update, context);
    var current = context.getPrimaryCache().get(ResourceID.fromResource(update)).orElse(update);
    if (Updates.ended(current) && pass.sure()) {
      return DeleteControl.defaultDelete();
    }
    return DeleteControl.noFinalizerRemoval();
  }

  private Pass look(LiveUpdate update, Context<LiveUpdate> context) {
    return caches.updateNudges().pass(update, context, () -> pass(update, context), Pass::again);
  }

  private Pass pass(LiveUpdate update, Context<LiveUpdate> context) {
    if (!caches.complete()) {
      return Pass.again(NOT_COMPLETE);
    }
    MDC.put("update", update.getMetadata().getNamespace() + "/" + update.getMetadata().getName());
    cluster.seen(update);
    try {
      var plan = plan(update);
      var recorded = record(update, plan, context);
      if (recorded.isEmpty()) {
        return Pass.again(STALE);
      }
      var outcome = execute(recorded.get(), plan);
      if (outcome.trouble().isPresent()) {
        return afterRefusal(recorded.get(), plan, outcome, context);
      }
      return after(plan);
    } finally {
      MDC.remove("update");
    }
  }

  /**
   * A no is for good, and its cause may be a cache that lags: users change a virtual machine and
   * create the LiveUpdate in one breath. So it is said only after a live look.
   */
  private UpdatePlan plan(LiveUpdate update) {
    var namespace = update.getMetadata().getNamespace();
    var name = update.getSpec().virtualMachine();
    var plan = plan(observe(update, caches.virtualMachine(namespace, name)));
    return plan.pointless() ? plan(observe(update, live(namespace, name))) : plan;
  }

  private UpdateSeen observe(LiveUpdate update, Optional<VirtualMachine> vm) {
    var meta = update.getMetadata();
    List<Pod> pods =
        vm.map(v -> v.getMetadata().getUid())
            .map(uid ->
                caches.podsOf(uid).stream()
                    .filter(pod -> PodFacts.controlledBy(pod, meta.getNamespace(), uid))
                    .toList())
            .orElse(List.of());
    var waits = Updates.phase(update) == LiveUpdatePhase.PENDING && !turns.take(update);
    return new UpdateSeen(
        update,
        vm,
        pods,
        vm.map(v -> caches.nodeOf(v.getMetadata().getUid())).orElse(NodeSight.USUAL),
        waits,
        false,
        Optional.ofNullable(created.get(meta.getUid())),
        Optional.empty(),
        images);
  }

  private Optional<VirtualMachine> live(String namespace, String name) {
    return Optional.ofNullable(
        client.resources(VirtualMachine.class).inNamespace(namespace).withName(name).get());
  }

  private UpdatePlan plan(UpdateSeen seen) {
    var now = now(seen.update());
    var plan = UpdatePlanner.plan(seen, now);
    if (!plan.creates() || seen.vm().isEmpty()) {
      return plan;
    }
    var node = Objects.requireNonNull(plan.status().nodeName());
    var fits = room.fits(node, VmmPods.cpuRequest(seen.vm().get()));
    return fits ? UpdatePlanner.plan(seen.fitting(true), now) : plan;
  }

  /** The intent goes into the status before anything is done: a crash finds it there. */
  private Optional<LiveUpdate> record(
      LiveUpdate update, UpdatePlan plan, Context<LiveUpdate> context) {
    var old = UpdateStatuses.own(update.getStatus());
    if (plan.status().equals(old)) {
      return Optional.of(update);
    }
    var fresh = new LiveUpdate();
    fresh.setStatus(plan.status());
    var written = statuses.apply(update, fresh, context);
    written.ifPresent(after -> tell(after, old, plan));
    return written;
  }

  private Outcome execute(LiveUpdate update, UpdatePlan plan) {
    if (plan.actions().isEmpty()) {
      return Outcome.DONE;
    }
    var outcome = cluster.execute(plan.actions());
    if (plan.creates() && outcome.trouble().isEmpty()) {
      created.putIfAbsent(update.getMetadata().getUid(), now(update));
    }
    return outcome;
  }

  /**
   * A new pod that does not pass at full size is tried tiny; one that does not pass at all ends it.
   */
  private Pass afterRefusal(
      LiveUpdate update, UpdatePlan plan, Outcome outcome, Context<LiveUpdate> context) {
    var seen = plan.draft().seen();
    if (seen.newPodFits()) {
      var tiny = UpdatePlanner.plan(seen.written(update).fitting(false), now(update));
      var second = execute(update, tiny);
      if (second.trouble().isEmpty()) {
        return after(tiny);
      }
    }
    var troubled = seen.written(update).troubled(outcome.trouble().orElseThrow());
    var refused = UpdatePlanner.plan(troubled, now(update));
    return record(update, refused, context).isEmpty() ? Pass.again(STALE) : after(refused);
  }

  private Pass after(UpdatePlan plan) {
    var update = plan.draft().seen().update();
    var again = plan.wakeAt().map(at -> atLeast(Duration.between(now(update), at)));
    if (plan.draft().state().terminal() && plan.sure()) {
      forget(update);
    }
    return new Pass(again, plan.sure());
  }

  private void tell(LiveUpdate update, @Nullable LiveUpdateStatus old, UpdatePlan plan) {
    var namespace = update.getMetadata().getNamespace();
    var vm = update.getSpec().virtualMachine();
    caches.vmNudges().nudge(new ResourceID(vm, namespace));
    var state = plan.draft().state();
    var status = plan.status();
    if (old == null || old.phase() != status.phase()) {
      LOG.infof("phase %s (%s)", state.label(), status.reason());
      var fault = state.terminal() && state != UpdateState.COMPLETED;
      var reason = fault ? String.valueOf(status.reason()) : state.label();
      events.tell(update, fault, reason, status.message(), clock.instant());
    } else if (!Objects.equals(old.reason(), status.reason()) && status.message() != null) {
      var warns = !state.label().equals(status.reason());
      events.tell(
          update, warns, String.valueOf(status.reason()), status.message(), clock.instant());
    }
    if (plan.ends()) {
      metrics.ended(update);
      caches.nudgeUpdatesOf(namespace, vm);
    }
  }

  private static Duration atLeast(Duration delay) {
    return delay.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : delay.plusMillis(1);
  }

  private Instant now(LiveUpdate update) {
    var uid = update.getMetadata().getUid();
    return steady
        .computeIfAbsent(uid, one -> new SteadyClock(clock))
        .instant()
        .truncatedTo(ChronoUnit.MILLIS);
  }

  private void forget(LiveUpdate update) {
    created.remove(update.getMetadata().getUid());
    steady.remove(update.getMetadata().getUid());
    turns.end(update);
  }
}
