package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.ConditionType;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineStatus;
import dev.moult.operator.allowance.Inquiries;
import dev.moult.operator.cluster.Action.Outcome;
import dev.moult.operator.cluster.Action.Reply;
import dev.moult.operator.cluster.AttachmentReader;
import dev.moult.operator.cluster.Caches;
import dev.moult.operator.cluster.ClaimReader;
import dev.moult.operator.cluster.Cluster;
import dev.moult.operator.cluster.Events;
import dev.moult.operator.cluster.SlimVirtualMachines;
import dev.moult.operator.cluster.Statuses;
import dev.moult.operator.config.Settings;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.network.Attachments;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.PodImages;
import dev.moult.operator.status.Conditions;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/** VirtualMachine to anchor and VMM pods, in five steps that are the same every time. */
@ControllerConfiguration(
    name = "virtualmachine",
    finalizerName = VirtualMachineReconciler.FINALIZER,
    fieldManager = ApiNames.OPERATOR_MANAGER,
    generationAwareEventProcessing = false,
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES),
    informer = @Informer(itemStore = SlimVirtualMachines.class, informerListLimit = 2000))
@GradualRetry(
    maxAttempts = -1,
    initialInterval = 1000,
    intervalMultiplier = 2,
    maxInterval = 300_000)
public class VirtualMachineReconciler
    implements Reconciler<VirtualMachine>, Cleaner<VirtualMachine> {
  /** Held until the guest is powered down and no pod is left. */
  static final String FINALIZER = "moult.dev/vm";

  private static final Logger LOG = Logger.getLogger(VirtualMachineReconciler.class);
  private static final Duration NOT_COMPLETE = Duration.ofMillis(200);
  private static final Duration STALE = Duration.ofMillis(100);
  private static final Duration TROUBLE = Duration.ofSeconds(15);
  private static final Duration BRAKED = Duration.ofSeconds(5);

  private final Caches caches;
  private final Cluster cluster;
  private final Statuses statuses;
  private final Events events;
  private final UidAllocator uids;
  private final ClaimReader claims;
  private final AttachmentReader attachments;
  private final Inquiries inquiries;
  private final PodImages images;
  private final Settings settings;
  private final Clock clock;

  /** What came of one pass. */
  private record Pass(Optional<Duration> again, boolean cleanedUp) {
    static Pass again(Duration delay) {
      return new Pass(Optional.of(delay), false);
    }
  }

  /** A reconciler with all its collaborators. */
  public VirtualMachineReconciler(
      Caches caches,
      Cluster cluster,
      Statuses statuses,
      Events events,
      UidAllocator uids,
      ClaimReader claims,
      AttachmentReader attachments,
      Inquiries inquiries,
      PodImages images,
      Settings settings,
      Clock clock) {
    this.caches = caches;
    this.cluster = cluster;
    this.statuses = statuses;
    this.events = events;
    this.uids = uids;
    this.claims = claims;
    this.attachments = attachments;
    this.inquiries = inquiries;
    this.images = images;
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, VirtualMachine>> prepareEventSources(
      EventSourceContext<VirtualMachine> context) {
    return List.of(
        caches.ofVirtualMachines(context),
        caches.ofNodes(context),
        caches.ofAgents(context),
        caches.ofQuotas(context),
        caches.ofLimitRanges(context),
        caches.vmNudges());
  }

  @Override
  public UpdateControl<VirtualMachine> reconcile(
      VirtualMachine vm, Context<VirtualMachine> context) {
    look(vm, context);
    return UpdateControl.noUpdate();
  }

  @Override
  public DeleteControl cleanup(VirtualMachine vm, Context<VirtualMachine> context) {
    var pass = look(vm, context);
    if (pass.cleanedUp()) {
      inquiries.forget(vm.getMetadata().getUid());
      return DeleteControl.defaultDelete();
    }
    return DeleteControl.noFinalizerRemoval();
  }

  private Pass look(VirtualMachine vm, Context<VirtualMachine> context) {
    return caches.vmNudges().pass(vm, context, () -> pass(vm, context), Pass::again);
  }

  private Pass pass(VirtualMachine vm, Context<VirtualMachine> context) {
    if (!caches.complete()) {
      return Pass.again(NOT_COMPLETE);
    }
    MDC.put("vm", vm.getMetadata().getNamespace() + "/" + vm.getMetadata().getName());
    try {
      var seen = observe(vm);
      var plan = Planner.plan(seen, now());
      if (plan.cleanedUp()) {
        return new Pass(Optional.empty(), true);
      }
      cluster.execute(plan.first());
      var recorded = record(vm, plan, context);
      if (recorded.isEmpty()) {
        return Pass.again(STALE);
      }
      var outcome = execute(plan);
      report(recorded.get(), plan, outcome, context);
      return new Pass(again(plan, outcome), false);
    } finally {
      MDC.remove("vm");
    }
  }

  private Seen observe(VirtualMachine vm) {
    var meta = vm.getMetadata();
    var pods =
        caches.podsOf(meta.getUid()).stream()
            .filter(pod -> PodFacts.controlledBy(pod, meta.getNamespace(), meta.getUid()))
            .toList();
    var begins = pods.isEmpty() && !Updates.toStop(vm);
    return new Seen(
        vm,
        pods,
        caches.liveUpdatesOf(meta.getNamespace(), meta.getName()),
        caches.nodeOf(meta.getUid()),
        uids.uidOf(vm),
        images,
        caches.allowanceOf(meta.getNamespace()),
        begins ? claims.read(vm) : Claims.NONE,
        begins ? attachments.read(vm) : Attachments.NONE,
        settings.updates().ttlAfterFinished());
  }

  /** The intent goes into the status before anything is done: a crash finds it there. */
  private Optional<VirtualMachine> record(
      VirtualMachine vm, Plan plan, Context<VirtualMachine> context) {
    return write(vm, plan.status(), context);
  }

  private Outcome execute(Plan plan) {
    return cluster.execute(plan.actions());
  }

  private void report(
      VirtualMachine vm, Plan plan, Outcome outcome, Context<VirtualMachine> context) {
    write(vm, plan.statusAfter(outcome), context);
  }

  /** Writes only what differs: an identical apply costs the API server as much as a change. */
  private Optional<VirtualMachine> write(
      VirtualMachine vm, VirtualMachineStatus status, Context<VirtualMachine> context) {
    var old = VmStatuses.own(vm.getStatus());
    if (old.equals(status)) {
      return Optional.of(vm);
    }
    var fresh = new VirtualMachine();
    fresh.setStatus(status);
    var written = statuses.apply(vm, fresh, context);
    written.ifPresent(after -> {
      tell(after, old, status);
      caches.nudgeUpdatesOf(vm.getMetadata().getNamespace(), vm.getMetadata().getName());
    });
    return written;
  }

  private void tell(VirtualMachine vm, VirtualMachineStatus old, VirtualMachineStatus status) {
    var ready = Conditions.find(status.conditions(), ConditionType.READY).orElseThrow();
    var before = Conditions.find(old.conditions(), ConditionType.READY);
    var stalled = Conditions.find(status.conditions(), ConditionType.STALLED).isPresent();
    var fault =
        stalled || status.phase() == VmState.FAILED.phase() || isTroubleWithPods(ready.reason());
    if (!Objects.equals(old.phase(), status.phase())) {
      var state = VmState.of(status.phase());
      LOG.infof("phase %s -> %s (%s)", old.phase(), status.phase(), ready.reason());
      events.tell(vm, fault, fault ? ready.reason() : state.label(), ready.message(), now());
    } else if (fault && before.filter(b -> b.reason().equals(ready.reason())).isEmpty()) {
      events.tell(vm, true, ready.reason(), ready.message(), now());
    }
  }

  private static boolean isTroubleWithPods(String reason) {
    return Arrays.stream(Reason.values())
        .anyMatch(r -> r.value().equals(reason) && r.group() == Reason.Group.PLACEMENT_AND_PODS);
  }

  private Optional<Duration> again(Plan plan, Outcome outcome) {
    if (outcome.trouble().isPresent()) {
      return Optional.of(TROUBLE);
    }
    if (outcome.braked()) {
      return Optional.of(BRAKED);
    }
    var asks =
        outcome.reply() instanceof Reply.Later later
            ? Stream.of(later.at())
            : Stream.<Instant>empty();
    return Stream.concat(plan.wakeAt().stream(), asks)
        .min(Comparator.naturalOrder())
        .map(at -> Duration.between(now(), at).plusMillis(1))
        .map(this::positive);
  }

  private Duration positive(Duration delay) {
    return delay.isNegative() || delay.isZero() ? Duration.ofMillis(1) : delay;
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
