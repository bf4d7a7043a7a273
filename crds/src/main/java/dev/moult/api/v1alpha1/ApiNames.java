package dev.moult.api.v1alpha1;

/** Names that operator, agent and users share beside the fields: managers, labels, gates. */
public final class ApiNames {
  /** The API group, and the prefix of every label, annotation and finalizer of Moult. */
  public static final String GROUP = "moult.dev";

  /** The version of the API. */
  public static final String VERSION = "v1alpha1";

  /** Field manager of the operator's server-side applies. */
  public static final String OPERATOR_MANAGER = "moult-operator";

  /** Field manager of the node agents' server-side applies. */
  public static final String AGENT_MANAGER = "moult-agent";

  /** Label of a pod: {@link #ROLE_ANCHOR} or {@link #ROLE_VMM}. */
  public static final String ROLE_LABEL = "moult.dev/role";

  /** Role of the pod that holds a virtual machine's descriptors and its address. */
  public static final String ROLE_ANCHOR = "anchor";

  /** Role of a pod that runs one QEMU. */
  public static final String ROLE_VMM = "vmm";

  /** Label of a pod: the name of its VirtualMachine. */
  public static final String VM_LABEL = "moult.dev/vm";

  /** Label of a pod: the uid of its VirtualMachine. */
  public static final String VM_UID_LABEL = "moult.dev/vm-uid";

  /** Label of a VMM pod: its revision, a decimal number from 1. */
  public static final String REVISION_LABEL = "moult.dev/revision";

  /** Label of a VMM pod that takes part in a handoff as the new one: the LiveUpdate's uid. */
  public static final String UPDATE_UID_LABEL = "moult.dev/update-uid";

  /** Annotation of a pod: the Unix uid it runs as, decimal. */
  public static final String UNIX_UID_ANNOTATION = "moult.dev/uid";

  /**
   * Annotation of an anchor: sizes in bytes of the disks on PersistentVolumeClaims with a file
   * system, as a JSON object by the disk's name; for a disk.img that is absent.
   */
  public static final String DISK_SIZES_ANNOTATION = "moult.dev/disk-sizes";

  /** Annotation of a pod: the further networks that it is attached to, as Multus reads it. */
  public static final String NETWORKS_ANNOTATION = "k8s.v1.cni.cncf.io/networks";

  /**
   * What the name of an anchor's further link has before its number, from 1: its place among the
   * guest's networks that are not the pod's own.
   */
  public static final String FURTHER_LINK = "net";

  /** What the name of an anchor's volume has before that of its disk. */
  public static final String DISK_VOLUME_PREFIX = "disk-";

  /** Volume of an anchor for what is made anew in each run: overlays, empty disks, seeds. */
  public static final String SCRATCH_VOLUME = "scratch";

  /** The anchor's volume of the claim that UEFI's variables are kept by. */
  public static final String UEFI_VOLUME = "uefi-variables";

  /** Container of an anchor that carries those of the guest's probes that the kubelet asks. */
  public static final String PROBES_CONTAINER = "guest";

  /** Readiness gate of the anchor: follows the condition Running of the VirtualMachine. */
  public static final String GUEST_READINESS_GATE = "moult.dev/guest";

  /**
   * Finalizer of anchor and VMM pods: held until what ran in the pod is proved dead, so that no
   * second run starts beside it.
   */
  public static final String POD_FINALIZER = "moult.dev/proof-of-death";

  /** What the name of an anchor pod has after that of its virtual machine. */
  public static final String ANCHOR_POD_SUFFIX = "-anchor";

  /** What the name of a VMM pod has between that of its virtual machine and its revision. */
  public static final String VMM_POD_INFIX = "-vmm-";

  /** The address of every guest, hidden behind its anchor's own. */
  public static final String GUEST_ADDRESS = "10.0.2.2";

  /** Every guest's gateway: the other side of its tap. */
  public static final String GUEST_GATEWAY = "10.0.2.1";

  /** The net of the two. */
  public static final String GUEST_NETMASK = "255.255.255.0";

  /**
   * Port of 127.0.0.1 in an anchor pod at which the guest's screen is served by VNC, while it has
   * one: for who may forward a port into that pod.
   */
  public static final int SCREEN_PORT = 5900;

  /**
   * Port of 127.0.0.1 in an anchor pod at which the guest's memory is read to who shows the key of
   * a VirtualMachineAutopsy, as long as there is one.
   */
  public static final int AUTOPSY_PORT = 5910;

  private ApiNames() {}
}
