package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import dev.moult.operator.allowance.Allowance;
import dev.moult.operator.allowance.Inquiries;
import dev.moult.operator.config.Settings;
import dev.moult.operator.node.NodeSight;
import dev.moult.operator.pod.PodFacts;
import dev.moult.operator.pod.PodImages;
import dev.moult.operator.pod.RunSpec;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The caches of all kinds, shared by both controllers. An answer is complete only once {@link
 * #complete} says so: one controller may start before the other's caches are filled.
 */
@ApplicationScoped
public class Caches {
  private final Instance<Operator> operator;
  private final Settings settings;
  private final PodImages images;
  private final Inquiries inquiries;
  private final Clock clock;
  private final Nudges<VirtualMachine> vmNudges = new Nudges<>();
  private final Nudges<LiveUpdate> updateNudges = new Nudges<>();
  private volatile @Nullable IndexerResourceCache<VirtualMachine> vms;
  private volatile @Nullable IndexerResourceCache<LiveUpdate> updates;
  private volatile @Nullable PodSource pods;
  private volatile @Nullable NodeSource nodes;
  private volatile @Nullable AgentSource agents;
  private volatile @Nullable LimitSource<ResourceQuota> quotas;
  private volatile @Nullable LimitSource<LimitRange> ranges;

  /** Empty caches; the controllers bring theirs. */
  @Inject
  public Caches(
      Instance<Operator> operator,
      Settings settings,
      PodImages images,
      Inquiries inquiries,
      Clock clock) {
    this.operator = operator;
    this.settings = settings;
    this.images = images;
    this.inquiries = inquiries;
    this.clock = clock;
  }

  /** Takes the cache of VirtualMachines, and makes that of their pods. */
  public PodSource ofVirtualMachines(EventSourceContext<VirtualMachine> context) {
    vms = context.getPrimaryCache();
    var source = new PodSource(context, this::podChanged);
    pods = source;
    return source;
  }

  /** Makes the cache of nodes. */
  public NodeSource ofNodes(EventSourceContext<VirtualMachine> context) {
    var source = new NodeSource(context, this::nodeChanged);
    nodes = source;
    return source;
  }

  /** Makes the cache of node agents. */
  public AgentSource ofAgents(EventSourceContext<VirtualMachine> context) {
    var source = new AgentSource(context, settings.podNamespace(), this::nodeChanged);
    agents = source;
    return source;
  }

  /** Makes the cache of quotas. */
  public LimitSource<ResourceQuota> ofQuotas(EventSourceContext<VirtualMachine> context) {
    var source = new LimitSource<>(ResourceQuota.class, context, this::limitsChanged);
    quotas = source;
    return source;
  }

  /** Makes the cache of limit ranges. */
  public LimitSource<LimitRange> ofLimitRanges(EventSourceContext<VirtualMachine> context) {
    var source = new LimitSource<>(LimitRange.class, context, this::limitsChanged);
    ranges = source;
    return source;
  }

  /** Takes the cache of LiveUpdates. */
  public void ofLiveUpdates(EventSourceContext<LiveUpdate> context) {
    updates = context.getPrimaryCache();
  }

  /** Asks the virtual machines' controller to look again. */
  public Nudges<VirtualMachine> vmNudges() {
    return vmNudges;
  }

  /** Asks the LiveUpdates' controller to look again. */
  public Nudges<LiveUpdate> updateNudges() {
    return updateNudges;
  }

  /** Whether every cache has been filled. */
  public boolean complete() {
    return operator.get().getRuntimeInfo().isStarted();
  }

  /** All virtual machines. */
  public Stream<VirtualMachine> virtualMachines() {
    return filled(vms).list(vm -> true);
  }

  /** A virtual machine. */
  public Optional<VirtualMachine> virtualMachine(String namespace, String name) {
    return filled(vms).get(new ResourceID(name, namespace));
  }

  /** All LiveUpdates. */
  public Stream<LiveUpdate> liveUpdates() {
    return filled(updates).list(update -> true);
  }

  /** LiveUpdates that name a virtual machine. */
  public List<LiveUpdate> liveUpdatesOf(String namespace, String vm) {
    // Not by an index: Fabric8's lacks an object for a moment while that is replaced, and the pods
    // of an update that is not seen would be taken for strays. A walk does not know of writes whose
    // watch event is still to come; a look by name does.
    var cache = filled(updates);
    return cache
        .list(namespace, update -> update.getSpec().virtualMachine().equals(vm))
        .map(update -> cache.get(ResourceID.fromResource(update)))
        .flatMap(Optional::stream)
        .toList();
  }

  /** Pods that carry the label of the virtual machine with this uid. */
  public List<Pod> podsOf(String vmUid) {
    var cache = filled(pods);
    return cache.ofVirtualMachine(vmUid).stream()
        .map(pod -> cache.get(ResourceID.fromResource(pod)))
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * Claims that other virtual machines of a namespace run with, each with the name of one.
   *
   * @param exceptUid the virtual machine that asks
   */
  Map<String, String> claimUsers(String namespace, String exceptUid) {
    var users = new HashMap<String, String>();
    filled(pods)
        .list(namespace, pod -> PodFacts.role(pod).equals(ApiNames.ROLE_ANCHOR))
        .filter(pod -> !PodFacts.controlledBy(pod, exceptUid))
        .forEach(pod ->
            RunSpec.read(pod.getMetadata().getAnnotations()).stream()
                .flatMap(RunSpec::claims)
                .forEach(
                    claim -> users.put(claim, PodFacts.label(pod, ApiNames.VM_LABEL).orElse(""))));
    return users;
  }

  /** The node of a virtual machine's anchor; a usual one while that has none. */
  public NodeSight nodeOf(String vmUid) {
    return podsOf(vmUid).stream()
        .filter(pod -> PodFacts.role(pod).equals(ApiNames.ROLE_ANCHOR))
        .map(PodFacts::node)
        .flatMap(Optional::stream)
        .findFirst()
        .map(node ->
            filled(nodes).sight(node).withAgent(filled(agents).awaySince(node, clock.instant())))
        .orElse(NodeSight.USUAL);
  }

  /** What limits pods of a namespace. */
  public Allowance allowanceOf(String namespace) {
    var some = new Allowance(filled(quotas).of(namespace), filled(ranges).of(namespace));
    return some.unlimited() ? Allowance.UNLIMITED : some;
  }

  /** Running virtual machines of a namespace for whose next pod its limits now mean another. */
  private Set<ResourceID> limitsChanged(String namespace) {
    if (!complete()) {
      return Set.of();
    }
    var allowance = allowanceOf(namespace);
    return filled(vms)
        .list(namespace, vm -> vm.getStatus() != null)
        .filter(vm -> vm.getStatus().phase() == VirtualMachinePhase.RUNNING)
        .filter(vm -> inquiries.differs(vm.getMetadata().getUid(), allowance.question(vm, images)))
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  /** Virtual machines of a node, which changed; none before all are known, as all are looked at. */
  private Set<ResourceID> nodeChanged(String node) {
    if (!complete()) {
      return Set.of();
    }
    var there =
        virtualMachines()
            .filter(vm -> vm.getStatus() != null && node.equals(vm.getStatus().nodeName()))
            .map(ResourceID::fromResource)
            .collect(Collectors.toSet());
    there.forEach(id -> nudgeUpdatesOf(id.getNamespace().orElseThrow(), id.getName()));
    return there;
  }

  /** A pod was just created. */
  void created(Pod pod) {
    filled(pods).created(pod);
  }

  private void podChanged(Pod pod) {
    var cache = updates;
    var vm = pod.getMetadata().getLabels().get(ApiNames.VM_LABEL);
    if (cache != null && vm != null && complete()) {
      nudgeUpdatesOf(pod.getMetadata().getNamespace(), vm);
    }
  }

  /** Asks for another look at the LiveUpdates of a virtual machine. */
  public void nudgeUpdatesOf(String namespace, String vm) {
    liveUpdatesOf(namespace, vm).stream()
        .filter(update -> update.getStatus() == null || update.getStatus().finishedAt() == null)
        .map(ResourceID::fromResource)
        .forEach(updateNudges::nudge);
  }

  private static <T> T filled(@Nullable T cache) {
    return Objects.requireNonNull(cache, "a controller was asked before its caches were made");
  }
}
