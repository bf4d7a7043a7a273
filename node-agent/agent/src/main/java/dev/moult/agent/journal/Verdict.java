package dev.moult.agent.journal;

/** What was decided about a handoff; written once, never changed. */
public enum Verdict {
  /** Nothing was decided. */
  NONE,
  /** The guest is B's; written before {@code cont} on B. */
  COMMIT,
  /** The guest stays A's; written before B is killed. */
  ROLLBACK
}
