package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the user wishes of a virtual machine. */
@JsonClassDescription(
    "What you wish of the virtual machine: the one source of truth. What of it needs"
        + " a restart to take effect is listed by the condition RestartRequired; the guest"
        + " is left alone.")
@ValidationRule(
    value =
        "!has(self.boot.firmware) || (has(self.disks) && self.disks.exists(d,"
            + " !has(d.cloudInit)))",
    message =
        "spec.boot.firmware boots from a disk: write one in spec.disks, beside that of cloudInit")
@ValidationRule(
    value =
        ProbeRules.IF_PRESENT
            + "readinessProbe"
            + ProbeRules.FORWARDED
            + "readinessProbe"
            + ProbeRules.TO_THE_GUEST,
    message = "spec.readinessProbe" + ProbeRules.NOT_FORWARDED)
@ValidationRule(
    value =
        ProbeRules.IF_PRESENT
            + "livenessProbe"
            + ProbeRules.FORWARDED
            + "livenessProbe"
            + ProbeRules.TO_THE_GUEST,
    message = "spec.livenessProbe" + ProbeRules.NOT_FORWARDED)
@ValidationRule(
    value =
        ProbeRules.IF_PRESENT
            + "startupProbe"
            + ProbeRules.FORWARDED
            + "startupProbe"
            + ProbeRules.TO_THE_GUEST,
    message = "spec.startupProbe" + ProbeRules.NOT_FORWARDED)
@ValidationRule(value = ProbeRules.CHANNEL, message = ProbeRules.NO_CHANNEL)
@ValidationRule(
    value = "!has(self.filesystemFreeze) || has(self.boot.firmware)",
    message =
        "spec.filesystemFreeze goes by the guest agent, to which only a guest has a channel that boots"
            + " by spec.boot.firmware; freeze the file systems in the guest (fsfreeze)")
@ValidationRule(
    value = "!has(self.networks) || self.networks.all(n, n.queues <= self.cpu.cores)",
    message =
        "spec.networks[].queues must be at most spec.cpu.cores, as each queue is served by a"
            + " processor of its own; lower queues, or give the guest more cores")
@ValidationRule(
    value = "self.power != 'Suspended' || !self.paused",
    message =
        "spec.power Suspended and spec.paused exclude each other: a suspended guest stands still;"
            + " set spec.paused to false")
@RecordBuilder
@ApiType
public record VirtualMachineSpec(
    @JsonPropertyDescription(
            "Always: the guest runs and is started again when it ends. RerunOnFailure: the same,"
                + " unless it powered itself off. Manual: it is started by restartRequestedAt alone;"
                + " a guest that runs is left alone. Halted: it is powered down and its pods are"
                + " removed. Default: Always. Mutable at any time.")
        @Default("Always")
        RunStrategy runStrategy,
    @JsonPropertyDescription(
            "A time, RFC 3339, usually the present one. A later one than that of the last start"
                + " restarts the guest once: it is powered down, and started from the spec. Starts one"
                + " that RerunOnFailure or Manual leave stopped; does nothing when Halted. Default:"
                + " none. Mutable at any time.")
        @Nullable Instant restartRequestedAt,
    @JsonPropertyDescription(
            "Running: the guest runs. Suspended: it is put aside within milliseconds, and goes on"
                + " later where it was: its state is saved, its memory, address and volumes are kept"
                + " on its node, and no QEMU runs. Set to Running, it goes on under the QEMU that"
                + " spec.vmm names then, newer or older. What is suspended is lost with its node's"
                + " power. Counts only while the guest shall run by spec.runStrategy; not together"
                + " with spec.paused. Default: Running. Mutable at any time.")
        @Default("Running")
        Power power,
    @JsonPropertyDescription(
            "Whether the guest stands still: its processors do not run, its memory is kept, and its"
                + " Services do not reach it. A start of the guest, and a live update, leave it"
                + " paused; whoever stops or restarts it wakes it first, so that it powers down in"
                + " order. Default: false. Mutable at any time.")
        @Default("false")
        Boolean paused,
    @JsonPropertyDescription(
            "What follows when QEMU crashes under the guest, or the guest's kernel panics. Restart:"
                + " what runStrategy says; after a crash of QEMU at once, in the same anchor. Keep: the"
                + " anchor and the dead guest's memory are kept for keepFor, so that they can be looked"
                + " into (kubectl moult autopsy), and what runStrategy says follows then; a later"
                + " restartRequestedAt ends that sooner. Default: Restart. Mutable at any time.")
        @Default("Restart")
        OnCrash onCrash,
    @JsonPropertyDescription(
            "How long a dead guest's memory is kept where onCrash is Keep, as a duration such as"
                + " 30m or 1h, 1m to 168h; it is charged to the anchor as before. Default: 1h. Mutable"
                + " at any time.")
        @Default("1h")
        @Size(min = 2, max = 32)
        @ValidationRule(
            value =
                DurationRules.IS_ONE
                    + " && duration(self) >= duration('1m') && duration(self) <= duration('168h')",
            message = "spec.keepFor must be a duration from 1m to 168h, such as 30m or 1h")
        String keepFor,
    @JsonPropertyDescription(
            "A time, RFC 3339, usually the present one. A later one than status.guest.resetServed"
                + " resets the guest once, as a reset button does: what it has not written to its"
                + " disks is lost; QEMU, pods and spec stay as they are. Served by a start, too; does"
                + " nothing while no guest runs. Default: none. Mutable at any time.")
        @Nullable Instant resetRequestedAt,
    @JsonPropertyDescription(
            "Freezes the guest's file systems for a while, through its guest agent, so that a"
                + " snapshot of its volumes is whole; status.guest.filesystemFreeze says what has"
                + " become of it. To unfreeze them before their time is over, remove this. Only a"
                + " guest that boots by spec.boot.firmware has a channel to its guest agent; does"
                + " nothing while no guest runs, and a start of the guest serves it, too. Default:"
                + " none. Mutable at any time.")
        @Nullable FilesystemFreeze filesystemFreeze,
    @JsonPropertyDescription(
            "The guest's processors. Required. Mutable; takes effect at the next start of the"
                + " guest.")
        @Required
        CpuSpec cpu,
    @JsonPropertyDescription(
            "The guest's memory. Required. Mutable; takes effect at the next start of the guest.")
        @Required
        MemorySpec memory,
    @JsonPropertyDescription(
            "Machine type: q35, frozen at start into the newest versioned type of the VMM image,"
                + " or a versioned one such as pc-q35-10.0. Default: q35. Mutable; takes effect at the"
                + " next start of the guest.")
        @Default("q35")
        @Size(min = 1, max = 32)
        @ValidationRule(
            value = "self.matches('^(q35|pc-q35-[0-9]+[.][0-9]+)$')",
            message = "spec.machineType must be q35 or a versioned type such as pc-q35-10.0")
        String machineType,
    @JsonPropertyDescription(
            "The virtual machine monitor. Default: the installation's image, acceleration Auto."
                + " Mutable; a LiveUpdate brings the running guest to its image.")
        @Default("{}")
        VmmSpec vmm,
    @JsonPropertyDescription(
            "What the guest boots. Required. Mutable; takes effect at the next start of the"
                + " guest.")
        @Required
        BootSpec boot,
    @JsonPropertyDescription(
            "A watchdog (i6300esb) that acts when the guest stops feeding it. Default: none."
                + " Mutable; takes effect at the next start of the guest.")
        @Nullable WatchdogSpec watchdog,
    @JsonPropertyDescription(
            "What the guest reads of itself in its SMBIOS tables; its UUID there is the"
                + " VirtualMachine's uid. Default: that uid as serial number too. Mutable; takes"
                + " effect at the next start of the guest.")
        @Nullable SmbiosSpec smbios,
    @JsonPropertyDescription(
            "Disks of the guest, at most 64. Default: none. Mutable; takes effect at the next start"
                + " of the guest.")
        @Size(max = 64)
        @ListMapKeys("name")
        @ValidationRule(
            value =
                "self.all(d, !has(d.bootOrder) || self.exists_one(q, has(q.bootOrder) &&"
                    + " q.bootOrder == d.bootOrder))",
            message =
                "spec.disks[].bootOrder: each number may be used once; write another one for each"
                    + " disk")
        @ValidationRule(
            value =
                "self.all(d, !has(d.persistentVolumeClaim) || self.exists_one(q,"
                    + " has(q.persistentVolumeClaim) && q.persistentVolumeClaim.claimName =="
                    + " d.persistentVolumeClaim.claimName))",
            message =
                "spec.disks[].persistentVolumeClaim: each claim may be used once; two disks cannot"
                    + " write the same")
        @ValidationRule(
            value = "self.filter(d, has(d.cloudInit)).size() <= 1",
            message = "spec.disks: at most one disk may be cloudInit; cloud-init reads one seed")
        @ValidationRule(
            value =
                "self.filter(d, has(d.bus) ? d.bus == 'virtio' : d.type == 'disk').size() <= 10",
            message = "spec.disks: at most 10 disks may be on bus virtio; put the others on scsi")
        @ValidationRule(
            value = "self.filter(d, has(d.bus) ? d.bus == 'sata' : d.type == 'cdrom').size() <= 4",
            message = "spec.disks: at most 4 disks may be on bus sata; put the others on scsi")
        List<DiskSpec> disks,
    @JsonPropertyDescription(
            "Networks of the guest, at most 8, in the order of its network cards: at most one pod"
                + " network, and further ones by multus. Default: none. Mutable; takes effect at the"
                + " next start of the guest.")
        @Size(max = 8)
        @ListMapKeys("name")
        @ValidationRule(
            value = "self.filter(n, has(n.pod)).size() <= 1",
            message =
                "spec.networks: at most one may be the pod network; write multus for the others")
        List<NetworkSpec> networks,
    @JsonPropertyDescription(
            "Whether the guest can serve: while this fails, Ready is false and Services do not"
                + " send to it (by exec or guestAgentPing they do). Default: it can as soon as it runs."
                + " Mutable; takes effect at the next start of the guest.")
        @Nullable GuestProbe readinessProbe,
    @JsonPropertyDescription(
            "Whether the guest is alive: when this has failed, the run is over, and runStrategy"
                + " says what follows. Not while it is paused or a live update is under way. Default:"
                + " it is. Mutable; takes effect at the next start of the guest.")
        @ValidationRule(
            value = "self.successThreshold == 1",
            message = "spec.livenessProbe.successThreshold must be 1; leave it out")
        @Nullable GuestProbe livenessProbe,
    @JsonPropertyDescription(
            "Whether the guest has come up: the other probes wait for this, and when it has failed,"
                + " the run is over, as by livenessProbe. Default: it has. Mutable; takes effect at the"
                + " next start of the guest.")
        @ValidationRule(
            value = "self.successThreshold == 1",
            message = "spec.startupProbe.successThreshold must be 1; leave it out")
        @Nullable GuestProbe startupProbe,
    @JsonPropertyDescription(
            "Who asks for live updates. Default: the operator does, on a change of spec.vmm."
                + " Mutable at any time.")
        @Default("{}")
        UpdatePolicy updatePolicy,
    @JsonPropertyDescription(
            "What an eviction does, such as a drain of the node. Shutdown: the guest is powered"
                + " down, and started again where there is room. None: the eviction is refused"
                + " while the guest runs. A live update under way is never evicted. Default:"
                + " Shutdown. Mutable at any time.")
        @Default("Shutdown")
        EvictionStrategy evictionStrategy,
    @JsonPropertyDescription("Labels and annotations for the anchor pod. Default: none. Mutable.")
        @Nullable PodMetadata podMetadata,
    @JsonPropertyDescription(
            "Labels that the node must have. Default: none. Mutable; counts at the next start of"
                + " the guest.")
        @Size(max = 64)
        Map<String, String> nodeSelector,
    @JsonPropertyDescription(
            "Taints of nodes that are tolerated, as in a pod; at most 64. Default: none. Mutable;"
                + " counts at the next start of the guest.")
        @Size(max = 64)
        List<Toleration> tolerations,
    @JsonPropertyDescription(
            "Affinity to nodes and pods, as in a pod. Default: none. Mutable; counts at the next"
                + " start of the guest.")
        @Nullable Affinity affinity,
    @JsonPropertyDescription(
            "How anchors spread over the cluster, as in a pod; at most 16. Default: none."
                + " Mutable; counts at the next start of the guest.")
        @Size(max = 16)
        List<TopologySpreadConstraint> topologySpreadConstraints,
    @JsonPropertyDescription(
            "Priority class of the anchor and VMM pods. Default: the cluster's. Mutable; counts"
                + " at the next start of the guest.")
        @Size(min = 1, max = 253)
        @Nullable String priorityClassName,
    @JsonPropertyDescription(
            "Scheduler of the anchor and VMM pods. Default: the cluster's. Mutable; counts at the"
                + " next start of the guest.")
        @Size(min = 1, max = 253)
        @Nullable String schedulerName,
    @JsonPropertyDescription(
            "Secrets of this namespace for pulling the images, as in a pod; at most 16. Default:"
                + " none. Mutable; counts for the next pod.")
        @Size(max = 16)
        List<LocalObjectReference> imagePullSecrets,
    @JsonPropertyDescription(
            "Seconds the guest has to power itself down before it is killed, 1 to 86400. Default:"
                + " 60. Mutable; counts for the next VMM pod.")
        @Default("60")
        @Min(1)
        @Max(86400)
        Integer terminationGracePeriodSeconds)
    implements VirtualMachineSpecBuilder.With {
  /** Absent lists, maps and defaults are filled in. */
  public VirtualMachineSpec {
    runStrategy = runStrategy == null ? RunStrategy.ALWAYS : runStrategy;
    power = power == null ? Power.RUNNING : power;
    onCrash = onCrash == null ? OnCrash.RESTART : onCrash;
    keepFor = keepFor == null ? "1h" : keepFor;
    paused = paused == null ? Boolean.FALSE : paused;
    machineType = machineType == null ? "q35" : machineType;
    vmm = vmm == null ? new VmmSpec(null, Acceleration.AUTO) : vmm;
    disks = disks == null ? List.of() : List.copyOf(disks);
    networks = networks == null ? List.of() : List.copyOf(networks);
    updatePolicy =
        updatePolicy == null ? new UpdatePolicy(UpdatePolicyType.AUTOMATIC, false) : updatePolicy;
    nodeSelector = nodeSelector == null ? Map.of() : Map.copyOf(nodeSelector);
    tolerations = tolerations == null ? List.of() : List.copyOf(tolerations);
    topologySpreadConstraints =
        topologySpreadConstraints == null ? List.of() : List.copyOf(topologySpreadConstraints);
    imagePullSecrets = imagePullSecrets == null ? List.of() : List.copyOf(imagePullSecrets);
    evictionStrategy = evictionStrategy == null ? EvictionStrategy.SHUTDOWN : evictionStrategy;
    terminationGracePeriodSeconds =
        terminationGracePeriodSeconds == null ? 60 : terminationGracePeriodSeconds;
  }
}
