package dev.moult.operator.autopsy;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.operator.cluster.SlimAutopsies;
import dev.moult.operator.cluster.Statuses;
import dev.moult.operator.cluster.Writes;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** VirtualMachineAutopsy to the agent that reads, and to its end. */
@ControllerConfiguration(
    name = "autopsy",
    fieldManager = ApiNames.OPERATOR_MANAGER,
    generationAwareEventProcessing = false,
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 10, timeUnit = TimeUnit.MINUTES),
    informer = @Informer(itemStore = SlimAutopsies.class, informerListLimit = 2000))
@GradualRetry(
    maxAttempts = -1,
    initialInterval = 1000,
    intervalMultiplier = 2,
    maxInterval = 300_000)
public class AutopsyReconciler implements Reconciler<VirtualMachineAutopsy> {
  private static final Duration STALE = Duration.ofMillis(100);

  private final KubernetesClient client;
  private final Statuses statuses;
  private final Writes writes;
  private final Clock clock;

  /** A reconciler with all its collaborators. */
  public AutopsyReconciler(KubernetesClient client, Statuses statuses, Writes writes, Clock clock) {
    this.client = client;
    this.statuses = statuses;
    this.writes = writes;
    this.clock = clock;
  }

  @Override
  public UpdateControl<VirtualMachineAutopsy> reconcile(
      VirtualMachineAutopsy autopsy, Context<VirtualMachineAutopsy> context) {
    Instant now = clock.instant();
    var plan = AutopsyPlanner.plan(autopsy, vm(autopsy), now);
    if (plan.over()) {
      var unused = writes.call(() -> client.resource(autopsy).delete());
      return UpdateControl.noUpdate();
    }
    var old = autopsy.getStatus();
    if (old == null || !plan.status().equals(AutopsyPlanner.own(old))) {
      var fresh = new VirtualMachineAutopsy();
      fresh.setStatus(plan.status());
      if (statuses.apply(autopsy, fresh, context).isEmpty()) {
        return UpdateControl.<VirtualMachineAutopsy>noUpdate().rescheduleAfter(STALE);
      }
    }
    Duration wait = Duration.between(now, plan.wakeAt()).plusMillis(1);
    return UpdateControl.<VirtualMachineAutopsy>noUpdate()
        .rescheduleAfter(wait.isPositive() ? wait : STALE);
  }

  /** Autopsies are few: a live look, and no cache that may lag behind the object just made. */
  private Optional<VirtualMachine> vm(VirtualMachineAutopsy autopsy) {
    boolean known = autopsy.getStatus() != null && autopsy.getStatus().nodeName() != null;
    return known
        ? Optional.empty()
        : Optional.ofNullable(
            client
                .resources(VirtualMachine.class)
                .inNamespace(autopsy.getMetadata().getNamespace())
                .withName(autopsy.getSpec().virtualMachine())
                .get());
  }
}
