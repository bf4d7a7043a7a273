package dev.moult.api.v1alpha1;

/** The two writers of status; each field has exactly one. */
public enum FieldOwner {
  /** The operator. */
  OPERATOR("operator", ApiNames.OPERATOR_MANAGER),

  /** The agent of the VirtualMachine's node. */
  AGENT("agent", ApiNames.AGENT_MANAGER);

  private final String value;
  private final String manager;

  FieldOwner(String value, String manager) {
    this.value = value;
    this.manager = manager;
  }

  /** Its name in descriptions. */
  public String value() {
    return value;
  }

  /** Its field manager in server-side applies. */
  public String manager() {
    return manager;
  }
}
