package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;

/** Names of pods and of what they carry, beside those in {@code ApiNames}. */
public final class PodNames {
  /** The container that is the anchor. */
  public static final String ANCHOR_CONTAINER = "anchor";

  /** A VMM pod's only container. */
  public static final String VMM_CONTAINER = "vmm";

  /**
   * Annotation of the anchor: the fields that this run was started from and that only a restart can
   * change, as a JSON object of path to value.
   */
  public static final String RUN_SPEC = "moult.dev/run-spec";

  /** Annotation of the anchor: digest of all that its pods are built from. */
  public static final String BUILD = "moult.dev/build";

  /** Annotation of the anchor: the user's labels and annotations that were put onto it, as JSON. */
  public static final String USER_METADATA = "moult.dev/user-metadata";

  /** Annotation of the anchor: the spec.restartRequestedAt that its run was begun with. */
  public static final String RESTART_REQUEST = "moult.dev/restart-requested-at";

  private PodNames() {}

  /** Name of a virtual machine's anchor pod. */
  public static String anchor(String vm) {
    return vm + ApiNames.ANCHOR_POD_SUFFIX;
  }

  /** Name of a virtual machine's VMM pod of a revision, counted from 1 in each run. */
  public static String vmm(String vm, int revision) {
    return vm + ApiNames.VMM_POD_INFIX + revision;
  }
}
