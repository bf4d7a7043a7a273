package dev.moult.wire;

import org.jspecify.annotations.Nullable;

/**
 * A pod as the broker knows it.
 *
 * @param podUid the pod
 * @param role what it is there for
 * @param vmUid the VM it belongs to
 * @param stage how far it is
 * @param containerId the container of its process; absent before it dialled
 * @param pid its process on the node; 0 before it dialled
 */
public record PodStatus(
    String podUid, Role role, String vmUid, Stage stage, @Nullable String containerId, int pid)
    implements Encodable {

  /** How far a pod is. */
  public enum Stage {
    /** Nobody has dialled. */
    EXPECTED,
    /** A launcher waits for its plan. */
    DIALLED,
    /** A plan was sent; no outcome yet. */
    PLANNED,
    /** What the pod is for runs: alive. */
    LAUNCHED,
    /** Its process is dead. */
    EXITED;

    static Stage of(String name) throws WireException {
      for (Stage stage : values()) {
        if (stage.name().equals(name)) {
          return stage;
        }
      }
      throw new WireException("unknown stage of a pod");
    }
  }

  @Override
  public void write(FieldWriter out) {
    out.string(1, podUid)
        .integer(2, role.code())
        .string(3, vmUid)
        .string(4, stage.name())
        .string(5, containerId)
        .integer(6, pid);
  }

  static PodStatus read(Fields in) throws WireException {
    return new PodStatus(
        in.uid(1),
        Role.of(in.integer(2)),
        in.uid(3),
        Stage.of(in.string(4)),
        in.optionalString(5),
        in.integer(6));
  }
}
