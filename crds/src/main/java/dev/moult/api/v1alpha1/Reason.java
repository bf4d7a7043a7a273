package dev.moult.api.v1alpha1;

/**
 * Why an object is as it is: reasons of conditions, of status.reason, status.guest.reason,
 * status.lastTermination and of blockers. Public API: a reason is never renamed. {@code
 * docs/conditions.md} is made from these constants.
 */
public enum Reason {
  /** All is as the spec says. */
  AS_SPECIFIED(Group.AS_WISHED, "AsSpecified", "All is as the spec says.", ""),

  /** The object is on its way to what the spec says. */
  PROGRESSING(
      Group.AS_WISHED,
      "Progressing",
      "The object is on its way to what the spec says.",
      "Wait; status.phase says where it is."),

  /** The VirtualMachine is powered down, as its runStrategy says. */
  HALTED(
      Group.AS_WISHED,
      "Halted",
      "The VirtualMachine is powered down, as its runStrategy says.",
      "Set spec.runStrategy to Always to start it; RerunOnFailure and Manual start it by a later"
          + " spec.restartRequestedAt."),

  /** The anchor pod has a node. */
  SCHEDULED(Group.AS_WISHED, "Scheduled", "The anchor pod has a node.", ""),

  /** The guest runs. */
  GUEST_RUNNING(Group.AS_WISHED, "GuestRunning", "The guest runs.", ""),

  /** Pods start and QEMU is launched; the guest does not run yet. */
  GUEST_STARTING(
      Group.AS_WISHED,
      "GuestStarting",
      "Pods start and QEMU is launched; the guest does not run yet.",
      "Wait; the events of the pods say more."),

  /** The guest runs, and its startup probe has not succeeded yet. */
  STARTUP_PROBE_PENDING(
      Group.AS_WISHED,
      "StartupProbePending",
      "The guest runs, and spec.startupProbe has not succeeded yet.",
      "Wait; the events of <name>-anchor say what the probe sees, or status.guest.probes if it goes"
          + " by the guest agent."),

  /** The guest runs, and its readiness probe does not succeed. */
  READINESS_PROBE_FAILING(
      Group.AS_WISHED,
      "ReadinessProbeFailing",
      "The guest runs, and spec.readinessProbe does not succeed: its Services do not send to it,"
          + " unless the probe goes by the guest agent (exec, guestAgentPing).",
      "See the guest; the events of <name>-anchor say what the probe sees, or status.guest.probes if"
          + " it goes by the guest agent."),

  /** The guest is being powered down. */
  GUEST_STOPPING(
      Group.AS_WISHED,
      "GuestStopping",
      "The guest is being powered down.",
      "Wait; it is killed after spec.terminationGracePeriodSeconds."),

  /** The agent of the node has taken charge of the guest. */
  AGENT_CONNECTED(
      Group.AS_WISHED,
      "AgentConnected",
      "The agent of the node has taken charge of the guest.",
      ""),

  /** Nothing keeps a live update from being done. */
  NO_BLOCKERS(Group.AS_WISHED, "NoBlockers", "Nothing keeps a live update from being done.", ""),

  /** The guest agent in the guest answers. */
  GUEST_AGENT_ANSWERS(
      Group.AS_WISHED, "GuestAgentAnswers", "The guest agent in the guest answers.", ""),

  /** No changed field waits for a restart. */
  NOTHING_CHANGED(Group.AS_WISHED, "NothingChanged", "No changed field waits for a restart.", ""),

  /** No fault is known. */
  NO_FAULT(Group.AS_WISHED, "NoFault", "No fault is known.", ""),

  /**
   * A pod of the name that is needed exists and does not belong to this VirtualMachine. It is never
   * adopted.
   */
  POD_NAME_TAKEN(
      Group.PLACEMENT_AND_PODS,
      "PodNameTaken",
      "A pod of the name that is needed exists and does not belong to this"
          + " VirtualMachine. It is never adopted.",
      "Delete or rename the foreign pod named in the message."),

  /**
   * The API server refused a pod: quota, limit range or an admission policy. The message is its
   * own.
   */
  POD_REFUSED(
      Group.PLACEMENT_AND_PODS,
      "PodRefused",
      "The API server refused a pod: quota, limit range or an admission policy. The"
          + " message is its own.",
      "Change what the message names; it is tried again."),

  /** No node has as much free memory as the guest asks for. */
  INSUFFICIENT_MEMORY(
      Group.PLACEMENT_AND_PODS,
      "InsufficientMemory",
      "No node has as much free memory as the guest asks for.",
      "Lower spec.memory.size, or add or free a node."),

  /** No node has as many free huge pages as the guest's memory needs. */
  INSUFFICIENT_HUGE_PAGES(
      Group.PLACEMENT_AND_PODS,
      "InsufficientHugePages",
      "No node has as many free huge pages as the guest's memory needs.",
      "Set huge pages of that size aside on a node (its kubelet counts them at its start), lower"
          + " spec.memory.size, or leave out spec.memory.hugePageSize."),

  /** The scheduler finds no node for another cause; the message is its own. */
  UNSCHEDULABLE(
      Group.PLACEMENT_AND_PODS,
      "Unschedulable",
      "The scheduler finds no node for another cause; the message is its own.",
      "Change the placement fields of the spec, or the nodes."),

  /** An image cannot be pulled; the message has the pod's own reason, such as ErrImagePull. */
  IMAGE_PULL_FAILED(
      Group.PLACEMENT_AND_PODS,
      "ImagePullFailed",
      "An image cannot be pulled; the message has the pod's own reason, such as" + " ErrImagePull.",
      "Correct the image or spec.imagePullSecrets; it goes on by itself."),

  /** A pod does not start for another cause; the message has the pod's own reason. */
  POD_START_FAILED(
      Group.PLACEMENT_AND_PODS,
      "PodStartFailed",
      "A pod does not start for another cause; the message has the pod's own reason.",
      "See the pod's events."),

  /** A PersistentVolumeClaim that a disk names is not there. */
  PVC_NOT_FOUND(
      Group.PLACEMENT_AND_PODS,
      "PvcNotFound",
      "A PersistentVolumeClaim that a disk names is not there; the message names both.",
      "Create the claim, or correct the disk; it goes on by itself."),

  /** A claim that one node or one pod alone may use serves another VirtualMachine. */
  PVC_IN_USE(
      Group.PLACEMENT_AND_PODS,
      "PvcInUse",
      "A PersistentVolumeClaim that a disk names is ReadWriteOnce or ReadWriteOncePod and another"
          + " VirtualMachine runs with it; the message names it.",
      "Stop the other one, or use a claim of its own; it goes on by itself."),

  /** A claim can serve no disk as it is. */
  PVC_UNUSABLE(
      Group.PLACEMENT_AND_PODS,
      "PvcUnusable",
      "A PersistentVolumeClaim that a disk names has lost its volume, is being deleted, or may only"
          + " be read while the disk is written; the message says which.",
      "Mend the claim, or correct the disk; it goes on by itself."),

  /** A NetworkAttachmentDefinition that a network names is not there. */
  NETWORK_ATTACHMENT_NOT_FOUND(
      Group.PLACEMENT_AND_PODS,
      "NetworkAttachmentNotFound",
      "A NetworkAttachmentDefinition that a network names is not there; the message names both.",
      "Create it, or correct networks[].multus.networkName; it goes on by itself."),

  /** The cluster does not know NetworkAttachmentDefinitions. */
  MULTUS_NOT_INSTALLED(
      Group.PLACEMENT_AND_PODS,
      "MultusNotInstalled",
      "A network is wished by multus, and the cluster does not know NetworkAttachmentDefinitions.",
      "Install Multus, or leave the network out; it goes on by itself."),

  /** Somebody deleted a pod of the virtual machine, so the guest was powered down. */
  POD_DELETED(
      Group.PLACEMENT_AND_PODS,
      "PodDeleted",
      "Somebody deleted a pod of the virtual machine, so the guest was powered down.",
      ""),

  /** The node is cordoned; the guest stays, and is updated there, until the node is drained. */
  NODE_CORDONED(
      Group.PLACEMENT_AND_PODS,
      "NodeCordoned",
      "The node is cordoned. The guest stays and can be updated there; what a drain does to it,"
          + " spec.evictionStrategy says.",
      "Drain the node, or uncordon it; with evictionStrategy None, set runStrategy Halted or"
          + " evictionStrategy Shutdown first."),

  /** A pod was deleted, and its node has not said in time that its containers have ended. */
  POD_NOT_GONE(
      Group.PLACEMENT_AND_PODS,
      "PodNotGone",
      "A pod was deleted, and its node, which answers, has not said in time that its containers"
          + " have ended. No second run starts beside it.",
      "See the kubelet and the container runtime of the node."),

  /** The node does not answer; what the guest does cannot be told. */
  NODE_LOST(
      Group.PLACEMENT_AND_PODS,
      "NodeLost",
      "The node does not answer; what the guest does cannot be told.",
      "Bring the node back, or taint it node.kubernetes.io/out-of-service when it is"
          + " surely off."),

  /**
   * The node agent does not answer; the guest is untouched by that, but cannot be updated or looked
   * at.
   */
  AGENT_LOST(
      Group.PLACEMENT_AND_PODS,
      "AgentLost",
      "The node agent does not answer; the guest is untouched by that, but cannot be"
          + " updated or looked at.",
      "See the moult-node-agent pod of the node."),

  /** The node agent has not taken charge of the guest yet. */
  AGENT_NOT_READY(
      Group.PLACEMENT_AND_PODS,
      "AgentNotReady",
      "The node agent has not taken charge of the guest yet.",
      "Wait; else see the moult-node-agent pod of the node."),

  /** The VMM image has no qemu-system-x86_64. */
  QEMU_NOT_FOUND(
      Group.STARTING_A_GUEST,
      "QemuNotFound",
      "The VMM image has no qemu-system-x86_64.",
      "Set spec.vmm.image to an image with QEMU in it."),

  /** The image's QEMU does not run or does not answer; the message says what was seen. */
  QEMU_UNUSABLE(
      Group.STARTING_A_GUEST,
      "QemuUnusable",
      "The image's QEMU does not run or does not answer; the message says what was" + " seen.",
      "Set spec.vmm.image to an image whose QEMU runs on its own."),

  /** spec.boot.kernel.kernelPath is not in the image. */
  KERNEL_NOT_FOUND(
      Group.STARTING_A_GUEST,
      "KernelNotFound",
      "spec.boot.kernel.kernelPath is not in the image.",
      "Correct the path or the image."),

  /** spec.boot.kernel.initrdPath is not in the image. */
  INITRD_NOT_FOUND(
      Group.STARTING_A_GUEST,
      "InitrdNotFound",
      "spec.boot.kernel.initrdPath is not in the image.",
      "Correct the path or the image, or leave the field out."),

  /** The firmware that the spec asks for is not in the launcher's image. */
  FIRMWARE_NOT_FOUND(
      Group.STARTING_A_GUEST,
      "FirmwareNotFound",
      "The firmware that spec.boot asks for is not in the launcher's image.",
      "Set spec.boot.firmware to the other one, or the chart's images.launcher to one with it."),

  /** The file that keeps UEFI's variables is not one of that firmware. */
  FIRMWARE_VARIABLES_INVALID(
      Group.STARTING_A_GUEST,
      "FirmwareVariablesInvalid",
      "The file of spec.boot.uefi.variables is there, and is no store of this firmware's variables;"
          + " the message names it.",
      "Restore the file in the claim, or remove it: then a new one is made."),

  /** The file of a containerDisk is not in its image. */
  DISK_NOT_FOUND(
      Group.STARTING_A_GUEST,
      "DiskNotFound",
      "The path of a containerDisk is not in its image; the message names the disk.",
      "Correct the path or the image."),

  /** A disk's file is no disk image, or has a size that no disk has. */
  DISK_IMAGE_INVALID(
      Group.STARTING_A_GUEST,
      "DiskImageInvalid",
      "A disk's file is no disk image: empty, no whole number of 512-byte sectors, or a qcow2 with a"
          + " header that cannot be. The message names the disk.",
      "Use another image; qemu-img check tells what is wrong with a qcow2."),

  /** A qcow2 names a backing or data file, which is refused. */
  DISK_BACKING_FILE(
      Group.STARTING_A_GUEST,
      "DiskBackingFile",
      "A qcow2 names a backing file or a data file, which no disk of Moult may; the message names the"
          + " disk.",
      "Make one file of it: qemu-img convert -O qcow2."),

  /** A file of a disk could not be made or opened. */
  DISK_UNAVAILABLE(
      Group.STARTING_A_GUEST,
      "DiskUnavailable",
      "A disk could not be made or opened on the node; the message names it and has the kernel's"
          + " word.",
      "Free or enlarge the volume that the message names; it is tried again."),

  /** The cloud-init data is missing or too long. */
  CLOUD_INIT_INVALID(
      Group.STARTING_A_GUEST,
      "CloudInitInvalid",
      "The Secret of a cloudInit disk has no userdata, or more than 16 KiB in one key.",
      "Correct the Secret."),

  /** The QEMU does not know the machine type. */
  MACHINE_TYPE_UNKNOWN(
      Group.STARTING_A_GUEST,
      "MachineTypeUnknown",
      "The QEMU does not know the machine type.",
      "Set spec.machineType to q35 or to a type that the image's QEMU lists; for an"
          + " update, choose an image that still knows the running type."),

  /** The QEMU does not know the CPU model, or the acceleration cannot run it. */
  CPU_MODEL_UNKNOWN(
      Group.STARTING_A_GUEST,
      "CpuModelUnknown",
      "The QEMU does not know the CPU model, or the acceleration cannot run it.",
      "Set spec.cpu.model to a model that the image's QEMU lists."),

  /** spec.vmm.acceleration is KVM and the node has no working KVM. */
  ACCELERATION_UNAVAILABLE(
      Group.STARTING_A_GUEST,
      "AccelerationUnavailable",
      "spec.vmm.acceleration is KVM and the node has no working KVM.",
      "Set it to Auto or TCG, or place the guest on a node with KVM."),

  /** The guest's memory could not be allocated on the node. */
  MEMORY_ALLOCATION_FAILED(
      Group.STARTING_A_GUEST,
      "MemoryAllocationFailed",
      "The guest's memory could not be allocated on the node.",
      "Lower spec.memory.size, or free memory on the node."),

  /** The node has fewer free huge pages than its kubelet counts on. */
  HUGE_PAGES_UNAVAILABLE(
      Group.STARTING_A_GUEST,
      "HugePagesUnavailable",
      "The node has fewer free huge pages of that size than the guest's memory needs, although its"
          + " kubelet counts on them: something else on the node uses them, or they were given back.",
      "Look at /sys/kernel/mm/hugepages on the node; restart its kubelet after a change."),

  /** The guest's network could not be made in the anchor pod; the message says why. */
  NETWORK_FAILED(
      Group.STARTING_A_GUEST,
      "NetworkFailed",
      "The guest's network could not be made in the anchor pod; the message says why.",
      "See the message and the moult-node-agent pod of the node."),

  /** A launcher could not carry out its plan; the message says which step and why. */
  LAUNCHER_FAILED(
      Group.STARTING_A_GUEST,
      "LauncherFailed",
      "A launcher could not carry out its plan; the message says which step and why.",
      "See the message; the same versions of launcher and agent help."),

  /** QEMU was launched and ended before it answered; the message has its last words. */
  VMM_FAILED_TO_START(
      Group.STARTING_A_GUEST,
      "VmmFailedToStart",
      "QEMU was launched and ended before it answered; the message has its last" + " words.",
      "See the message; correct the image or the spec."),

  /** The guest powered itself off. */
  GUEST_POWERED_OFF(
      Group.THE_END_OF_A_GUEST, "GuestPoweredOff", "The guest powered itself off.", ""),

  /** The guest reset itself while that was to end the run. */
  GUEST_RESET(
      Group.THE_END_OF_A_GUEST,
      "GuestReset",
      "The guest reset itself while that was to end the run.",
      ""),

  /** The guest's kernel panicked. */
  GUEST_PANICKED(
      Group.THE_END_OF_A_GUEST,
      "GuestPanicked",
      "The guest's kernel panicked.",
      "See the guest's console: kubectl logs <name>-anchor."),

  /** The guest's liveness probe failed. */
  LIVENESS_PROBE_FAILED(
      Group.THE_END_OF_A_GUEST,
      "LivenessProbeFailed",
      "spec.livenessProbe has failed, so the guest was powered down; its run strategy decides what"
          + " follows.",
      "See the message, and the events of <name>-anchor, which say how; give the probe more time if"
          + " the guest was well."),

  /** The guest's startup probe failed. */
  STARTUP_PROBE_FAILED(
      Group.THE_END_OF_A_GUEST,
      "StartupProbeFailed",
      "spec.startupProbe has failed, so the guest was powered down; its run strategy decides what"
          + " follows.",
      "See the message, and the events of <name>-anchor, which say how; raise the probe's"
          + " failureThreshold if the guest needs longer."),

  /**
   * The guest had begun to feed its watchdog and did so no more; spec.watchdog says what follows.
   */
  WATCHDOG_FIRED(
      Group.THE_END_OF_A_GUEST,
      "WatchdogFired",
      "The guest had begun to feed its watchdog and did so no more; spec.watchdog.action says what"
          + " follows.",
      "See the guest's console; a guest that it has paused goes on by spec.resetRequestedAt or a"
          + " restart."),

  /** The guest was asked to power down, and did. */
  POWERED_DOWN(
      Group.THE_END_OF_A_GUEST, "PoweredDown", "The guest was asked to power down, and did.", ""),

  /** The guest did not power down within terminationGracePeriodSeconds and was killed. */
  KILLED_AFTER_GRACE_PERIOD(
      Group.THE_END_OF_A_GUEST,
      "KilledAfterGracePeriod",
      "The guest did not power down within terminationGracePeriodSeconds and was" + " killed.",
      "Give it more time, or let the guest heed the ACPI power button."),

  /**
   * QEMU ended without a word from the guest: it crashed or was killed. The guest is lost; its run
   * strategy decides what follows.
   */
  VMM_EXITED(
      Group.THE_END_OF_A_GUEST,
      "VmmExited",
      "QEMU ended without a word from the guest: it crashed or was killed. The guest"
          + " is lost; its run strategy decides what follows.",
      "See the message, and the node for an out-of-memory kill."),

  /** QEMU does not answer, and the guest may stand still. */
  VMM_UNRESPONSIVE(
      Group.THE_END_OF_A_GUEST,
      "VmmUnresponsive",
      "QEMU does not answer, and the guest may stand still.",
      "See the moult-node-agent pod of the node."),

  /** Nothing in the guest has opened its end of the guest agent's channel. */
  GUEST_AGENT_AWAY(
      Group.THE_GUEST_AGENT,
      "GuestAgentAway",
      "No guest agent runs in the guest; until it has booted none does.",
      "Install qemu-guest-agent in the guest, and start it."),

  /** Something in the guest has the channel open, and does not answer as a guest agent does. */
  GUEST_AGENT_SILENT(
      Group.THE_GUEST_AGENT,
      "GuestAgentSilent",
      "The guest agent does not answer, or not as one does; the message says which. It is asked"
          + " again by itself.",
      "See the guest agent's log in the guest."),

  /** The guest's file systems are frozen, as spec.filesystemFreeze asked. */
  FILESYSTEMS_FROZEN(
      Group.THE_GUEST_AGENT,
      "FilesystemsFrozen",
      "The guest's file systems are frozen, as spec.filesystemFreeze asked: its writes wait.",
      "Take the snapshot, then remove spec.filesystemFreeze; else they are unfrozen when their time"
          + " is over."),

  /** The guest's file systems are not frozen any more. */
  FILESYSTEMS_THAWED(
      Group.THE_GUEST_AGENT,
      "FilesystemsThawed",
      "The guest's file systems are not frozen any more; the message says why.",
      ""),

  /** The guest's file systems could not be frozen. */
  FILESYSTEM_FREEZE_FAILED(
      Group.THE_GUEST_AGENT,
      "FilesystemFreezeFailed",
      "The guest's file systems could not be frozen; the message says why. They are not frozen.",
      "See the guest agent's log in the guest, then ask again by a later"
          + " spec.filesystemFreeze.requestedAt."),

  /** The guest stands still, as spec.paused says. */
  PAUSED_BY_USER(
      Group.AS_WISHED,
      "PausedByUser",
      "The guest stands still, as spec.paused says.",
      "Set spec.paused to false to let it go on."),

  /** The guest is put aside, as spec.power says. */
  SUSPENDED(
      Group.AS_WISHED,
      "Suspended",
      "The guest is put aside, as spec.power says: its state is saved and its memory kept.",
      "Set spec.power to Running to let it go on."),

  /** The guest's state is being saved. */
  GUEST_SUSPENDING(
      Group.AS_WISHED, "GuestSuspending", "The guest's state is being saved.", "Wait."),

  /** A new QEMU takes the guest up where it was put aside. */
  GUEST_RESUMING(
      Group.AS_WISHED,
      "GuestResuming",
      "A new QEMU takes the guest up where it was put aside.",
      "Wait; the events of the VMM pod say more."),

  /** QEMU has crashed, and a new one starts the guest in the same anchor. */
  VMM_RESTARTING(
      Group.THE_END_OF_A_GUEST,
      "VmmRestarting",
      "QEMU has crashed; a new one starts the guest anew, in the same anchor and at the same"
          + " address.",
      "Wait; status.lastTermination says what was seen of the crash."),

  /** The dead guest's memory is kept for a while. */
  KEPT_AFTER_CRASH(
      Group.THE_END_OF_A_GUEST,
      "KeptAfterCrash",
      "The guest crashed, and its memory is kept for spec.keepFor, as spec.onCrash says.",
      "Look into it by kubectl moult autopsy; a later spec.restartRequestedAt starts the guest"
          + " sooner."),

  /** The guest's state could not be saved: the guest runs on. */
  SUSPEND_FAILED(
      Group.SUSPEND_AND_RESUME,
      "SuspendFailed",
      "The guest's state could not be saved; the guest runs on, and nothing is kept of the try. It"
          + " is tried again by itself.",
      "See the message; set spec.power to Running to give it up."),

  /** The saved state could not be loaded: it is kept as it was. */
  RESUME_FAILED(
      Group.SUSPEND_AND_RESUME,
      "ResumeFailed",
      "The new QEMU could not take the guest up; its state is kept as it was. It is tried again by"
          + " itself.",
      "See the message and the log of the VMM pod; name another image in spec.vmm.image, such as"
          + " that of the QEMU that saved it."),

  /** What was kept of a suspended guest is gone. */
  SUSPENDED_STATE_LOST(
      Group.SUSPEND_AND_RESUME,
      "SuspendedStateLost",
      "What was kept of the suspended guest is gone: its node was started anew, or the container of"
          + " its anchor ended. Its run strategy decides what follows.",
      "What must outlive its node is to be shut down instead."),

  /** The guest was reset, as spec.resetRequestedAt asked. */
  RESET_BY_USER(
      Group.AS_WISHED,
      "ResetByUser",
      "The guest was reset, as spec.resetRequestedAt asked; its QEMU is the same.",
      ""),

  /** A disk is full or fails: the guest is paused until it takes writes again. */
  DISK_ERROR(
      Group.THE_END_OF_A_GUEST,
      "DiskError",
      "A disk is full or fails, and the guest is paused, not ended; the message names the disk. It"
          + " goes on by itself when the disk is mended.",
      "Free or enlarge the volume."),

  /**
   * A pod was evicted, by a drain, a taint or a node under pressure; the guest was powered down.
   */
  EVICTED(
      Group.THE_END_OF_A_GUEST,
      "Evicted",
      "A pod was evicted, by a drain, a taint or a node under pressure, so the guest was powered"
          + " down.",
      "Wait: it is started again where there is room. To keep drains out, set evictionStrategy"
          + " None."),

  /** The scheduler took the guest's room for a pod of higher priority. */
  PREEMPTED(
      Group.THE_END_OF_A_GUEST,
      "Preempted",
      "The scheduler took the guest's room for a pod of higher priority, so the guest was powered"
          + " down.",
      "Give spec.priorityClassName a higher class, or add a node."),

  /** The node carries the out-of-service taint: its guests are taken for dead. */
  NODE_OUT_OF_SERVICE(
      Group.THE_END_OF_A_GUEST,
      "NodeOutOfService",
      "The node carries the taint node.kubernetes.io/out-of-service, so the guests on it are taken"
          + " for dead.",
      "Wait: the guest is started on another node. Take the taint away once the node is back."),

  /** The anchor pod is gone, and with it this run of the guest. */
  ANCHOR_LOST(
      Group.THE_END_OF_A_GUEST,
      "AnchorLost",
      "The anchor pod is gone, and with it this run of the guest.",
      ""),

  /** The guest ended or could not start several times; it is tried again later. */
  BACK_OFF(
      Group.THE_END_OF_A_GUEST,
      "BackOff",
      "The guest ended or could not start several times; it is tried again later.",
      "See status.lastTermination; the message says when it is tried again."),

  /** Fields were changed that only a restart of the guest can bring; the message lists them. */
  RESTART_NEEDED(
      Group.RESTART_AND_UPDATES_OF_A_VIRTUAL_MACHINE,
      "RestartNeeded",
      "Fields were changed that only a restart of the guest can bring; the message"
          + " lists them.",
      "Restart the guest when it suits: set spec.restartRequestedAt to the present time."),

  /** The running VMM is not the one that the spec asks for, and an update will follow. */
  VMM_DIFFERS(
      Group.RESTART_AND_UPDATES_OF_A_VIRTUAL_MACHINE,
      "VmmDiffers",
      "The running VMM is not the one that the spec asks for, and an update will" + " follow.",
      "Wait; or create a LiveUpdate when spec.updatePolicy.type is Manual."),

  /** The running VMM differs from the spec and spec.updatePolicy.paused is true. */
  UPDATES_PAUSED(
      Group.RESTART_AND_UPDATES_OF_A_VIRTUAL_MACHINE,
      "UpdatesPaused",
      "The running VMM differs from the spec and spec.updatePolicy.paused is true.",
      "Set it to false, or create a LiveUpdate."),

  /** A LiveUpdate is under way. */
  UPDATE_IN_PROGRESS(
      Group.RESTART_AND_UPDATES_OF_A_VIRTUAL_MACHINE,
      "UpdateInProgress",
      "A LiveUpdate is under way.",
      "Wait."),

  /** The last LiveUpdate did not bring the VMM to the spec; it is tried again later. */
  UPDATE_FAILED(
      Group.RESTART_AND_UPDATES_OF_A_VIRTUAL_MACHINE,
      "UpdateFailed",
      "The last LiveUpdate did not bring the VMM to the spec; it is tried again" + " later.",
      "See the LiveUpdate that the message names."),

  /** Live updates to this VMM failed several times; the operator makes no more. */
  UPDATE_HELD(
      Group.RESTART_AND_UPDATES_OF_A_VIRTUAL_MACHINE,
      "UpdateHeld",
      "Live updates to this VMM failed several times; the operator makes no more.",
      "See the last LiveUpdate; change spec.vmm, or create a LiveUpdate to try again."),

  /** Another LiveUpdate of this VirtualMachine is under way; this one waits. */
  WAITING(
      Group.LIVE_UPDATE,
      "Waiting",
      "Another LiveUpdate of this VirtualMachine is under way; this one waits.",
      "Wait."),

  /** There is no VirtualMachine of that name in the namespace. */
  VIRTUAL_MACHINE_NOT_FOUND(
      Group.LIVE_UPDATE,
      "VirtualMachineNotFound",
      "There is no VirtualMachine of that name in the namespace.",
      "Create another LiveUpdate with the right spec.virtualMachine."),

  /** The guest does not run, so there is nothing to update: the next start uses the spec. */
  VIRTUAL_MACHINE_NOT_RUNNING(
      Group.LIVE_UPDATE,
      "VirtualMachineNotRunning",
      "The guest does not run, so there is nothing to update: the next start uses the" + " spec.",
      "Start the VirtualMachine."),

  /** The running VMM is as the spec says. */
  NOTHING_TO_DO(
      Group.LIVE_UPDATE,
      "NothingToDo",
      "The running VMM is as the spec says.",
      "Set spec.force to true to replace it all the same."),

  /** The new VMM pod is created and starts. */
  PREPARING(Group.LIVE_UPDATE, "Preparing", "The new VMM pod is created and starts.", "Wait."),

  /** Old and new QEMU are examined; the guest is untouched. */
  CHECKING(
      Group.LIVE_UPDATE,
      "Checking",
      "Old and new QEMU are examined; the guest is untouched.",
      "Wait."),

  /** Preflight found no blocker. */
  PASSED(Group.LIVE_UPDATE, "Passed", "Preflight found no blocker.", ""),

  /** The guest's state goes to the new QEMU. */
  TRANSFERRING(
      Group.LIVE_UPDATE, "Transferring", "The guest's state goes to the new QEMU.", "Wait."),

  /** The guest's state is on the new QEMU. */
  TRANSFERRED(Group.LIVE_UPDATE, "Transferred", "The guest's state is on the new QEMU.", ""),

  /** The guest's state stayed on the old QEMU. */
  NOT_TRANSFERRED(
      Group.LIVE_UPDATE,
      "NotTransferred",
      "The guest's state stayed on the old QEMU.",
      "See the reason of the LiveUpdate."),

  /** The guest runs on the new QEMU; the old one is removed. */
  COMMITTING(
      Group.LIVE_UPDATE,
      "Committing",
      "The guest runs on the new QEMU; the old one is removed.",
      "Wait."),

  /** The new VMM has the CPU that the spec asks for. */
  CPU_RETURNED(
      Group.LIVE_UPDATE, "CpuReturned", "The new VMM has the CPU that the spec asks for.", ""),

  /** The new VMM waits for the CPU that the spec asks for; the guest runs slower meanwhile. */
  CPU_PENDING(
      Group.LIVE_UPDATE,
      "CpuPending",
      "The new VMM waits for the CPU that the spec asks for; the guest runs slower" + " meanwhile.",
      "Wait; else free CPU on the node or in the quota."),

  /** The guest runs on the new QEMU with all its CPU; the old pod is gone. */
  COMPLETED(
      Group.LIVE_UPDATE,
      "Completed",
      "The guest runs on the new QEMU with all its CPU; the old pod is gone.",
      ""),

  /**
   * No verdict within spec.timeout; the guest runs on the old QEMU. The message says what was
   * waited for.
   */
  TIMED_OUT(
      Group.LIVE_UPDATE,
      "TimedOut",
      "No verdict within spec.timeout; the guest runs on the old QEMU. The message"
          + " says what was waited for.",
      "Remove the cause that the message names, then create another LiveUpdate."),

  /** The LiveUpdate was deleted before its verdict and rolled back. */
  CANCELLED(
      Group.LIVE_UPDATE,
      "Cancelled",
      "The LiveUpdate was deleted before its verdict and rolled back.",
      ""),

  /** The new VMM pod failed before the handoff; the message has its own reason. */
  VMM_POD_FAILED(
      Group.LIVE_UPDATE,
      "VmmPodFailed",
      "The new VMM pod failed before the handoff; the message has its own reason.",
      "See the message."),

  /**
   * The transfer was broken off; the guest runs on the old QEMU. The message has QEMU's own words.
   */
  TRANSFER_FAILED(
      Group.LIVE_UPDATE,
      "TransferFailed",
      "The transfer was broken off; the guest runs on the old QEMU. The message has"
          + " QEMU's own words.",
      "See the message; create another LiveUpdate to try again."),

  /**
   * The new QEMU did not take the state within the time that the guest may stand still; it was
   * killed and the guest runs on the old one.
   */
  STOP_PHASE_TIMED_OUT(
      Group.LIVE_UPDATE,
      "StopPhaseTimedOut",
      "The new QEMU did not take the state within the time that the guest may stand"
          + " still; it was killed and the guest runs on the old one.",
      "Create another LiveUpdate when the node is less busy."),

  /**
   * The old QEMU could not be proved to stand still, so the new one was not let run; the guest runs
   * on the old one.
   */
  VMM_NOT_FROZEN(
      Group.LIVE_UPDATE,
      "VmmNotFrozen",
      "The old QEMU could not be proved to stand still, so the new one was not let run; the guest"
          + " runs on the old one.",
      "Create another LiveUpdate when the node is less busy."),

  /**
   * Something wrote to the guest's memory while the guest stood still (spec.verifyMemory); the
   * guest runs on the old QEMU.
   */
  MEMORY_CHANGED(
      Group.LIVE_UPDATE,
      "MemoryChanged",
      "Something wrote to the guest's memory while the guest stood still (spec.verifyMemory); the"
          + " guest runs on the old QEMU.",
      "Nothing should. Look for what else has the memory mapped, or a device that writes to it, and"
          + " report it."),

  /** The guest's memory could not be read (spec.verifyMemory); the guest runs on the old QEMU. */
  MEMORY_NOT_VERIFIED(
      Group.LIVE_UPDATE,
      "MemoryNotVerified",
      "The guest's memory could not be read (spec.verifyMemory); the guest runs on the old QEMU.",
      "See the message; create another LiveUpdate to try again."),

  /** The node agent was restarted during the update; it was rolled back. */
  AGENT_RESTARTED(
      Group.LIVE_UPDATE,
      "AgentRestarted",
      "The node agent was restarted during the update; it was rolled back.",
      "Create another LiveUpdate; an automatic one follows by itself."),

  /** The guest ended by itself during the update. */
  GUEST_ENDED(Group.LIVE_UPDATE, "GuestEnded", "The guest ended by itself during the update.", ""),

  /** The QEMU that held the guest's state died during the handoff, and the guest with it. */
  GUEST_LOST(
      Group.LIVE_UPDATE,
      "GuestLost",
      "The QEMU that held the guest's state died during the handoff, and the guest" + " with it.",
      "See the message; the run strategy starts the guest again."),

  /** The guest does not run, and not because its owner has paused it; an update would wake it. */
  GUEST_NOT_RUNNING(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "GuestNotRunning",
      "The guest is suspended, in an error state, or has not run since it was started or reset"
          + " paused; an update would wake it.",
      "Let the guest run first; one that spec.paused has stopped while it ran is no blocker."),

  /** The guest's memory is not shared, as QEMU was started otherwise than Moult does. */
  PRIVATE_MEMORY(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "PrivateMemory",
      "The guest's memory is not shared, as QEMU was started otherwise than Moult" + " does.",
      "Restart the guest."),

  /** A device of the guest cannot hand over its state; the message names it. */
  NON_MIGRATABLE_DEVICE(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "NonMigratableDevice",
      "A device of the guest cannot hand over its state; the message names it.",
      "Remove the device and restart the guest."),

  /** The firmware of the new QEMU has another size. */
  FIRMWARE_MISMATCH(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "FirmwareMismatch",
      "The firmware of the new QEMU has another size.",
      "Choose another VMM image."),

  /**
   * The new QEMU or the node cannot give the guest a CPU feature that it has; the message names it.
   */
  CPU_FEATURES_FILTERED(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "CpuFeaturesFiltered",
      "The new QEMU or the node cannot give the guest a CPU feature that it has; the"
          + " message names it.",
      "Choose another VMM image."),

  /** The guest was started with a CPU that is not written out feature by feature. */
  CPU_NOT_FROZEN(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "CpuNotFrozen",
      "The guest was started with a CPU that is not written out feature by feature.",
      "Restart the guest."),

  /** The guest was started without a fixed identity (UUID, MAC address). */
  IDENTITY_NOT_FROZEN(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "IdentityNotFrozen",
      "The guest was started without a fixed identity (UUID, MAC address).",
      "Restart the guest."),

  /** The new QEMU builds other hardware than the guest has; the message lists the differences. */
  DEVICE_TREE_DIFFERS(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "DeviceTreeDiffers",
      "The new QEMU builds other hardware than the guest has; the message lists the"
          + " differences.",
      "Choose another VMM image, or restart the guest."),

  /** Handing over from the old QEMU version to the new one is known to fail. */
  KNOWN_BAD_PAIR(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "KnownBadPair",
      "Handing over from the old QEMU version to the new one is known to fail.",
      "Choose another VMM image; the message names the pair."),

  /** The guest does not use all queues of its network card. */
  NETWORK_QUEUES_UNUSED(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "NetworkQueuesUnused",
      "The guest does not use all queues of its network card; the new QEMU cannot start beside it"
          + " then.",
      "If the guest boots, wait until it has, and create another LiveUpdate. Else let it use them"
          + " (ethtool -L in Linux), or lower spec.networks[].queues and restart it."),

  /** The node's /run cannot take the journal of an update, without which none begins. */
  JOURNAL_UNWRITABLE(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "JournalUnwritable",
      "The node's /run cannot take the journal of an update, without which none begins.",
      "Free space in /run of the node; the message has the kernel's word."),

  /** The namespace's quota has no room for the new VMM pod; the message names the quota. */
  QUOTA_EXCEEDED(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "QuotaExceeded",
      "The namespace's quota has no room for the new VMM pod; the message names the quota.",
      "Raise the quota, or lower spec.cpu.request."),

  /** A LimitRange of the namespace forbids the new VMM pod; the message has the limit. */
  LIMIT_RANGE_FORBIDS(
      Group.BLOCKERS_OF_A_LIVE_UPDATE,
      "LimitRangeForbids",
      "A LimitRange of the namespace forbids the new VMM pod; the message has the limit.",
      "Change the LimitRange or spec.cpu.request.");

  /** Chapters of the reasons in the documentation. */
  public enum Group {
    /** As wished. */
    AS_WISHED("As wished"),
    /** Placement and pods. */
    PLACEMENT_AND_PODS("Placement and pods"),
    /** Starting a guest. */
    STARTING_A_GUEST("Starting a guest"),
    /** The end of a guest. */
    THE_END_OF_A_GUEST("The end of a guest"),
    /** Suspend and resume. */
    SUSPEND_AND_RESUME("Suspend and resume"),
    /** The guest agent. */
    THE_GUEST_AGENT("The guest agent"),
    /** Restart and updates of a VirtualMachine. */
    RESTART_AND_UPDATES_OF_A_VIRTUAL_MACHINE("Restart and updates of a VirtualMachine"),
    /** LiveUpdate. */
    LIVE_UPDATE("LiveUpdate"),
    /** Blockers of a live update. */
    BLOCKERS_OF_A_LIVE_UPDATE("Blockers of a live update");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    /** Heading of the chapter. */
    public String title() {
      return title;
    }
  }

  private final Group group;
  private final String value;
  private final String description;
  private final String action;

  Reason(Group group, String value, String description, String action) {
    this.group = group;
    this.value = value;
    this.description = description;
    this.action = action;
  }

  /** The chapter that it belongs to. */
  public Group group() {
    return group;
  }

  /** The reason as it stands in a status, in CamelCase. */
  public String value() {
    return value;
  }

  /** What it means, in a sentence or two. */
  public String description() {
    return description;
  }

  /** What the user does about it; empty when there is nothing to do. */
  public String action() {
    return action;
  }

  @Override
  public String toString() {
    return value;
  }
}
