package dev.moult.cli.cluster;

/**
 * What a user must be allowed to do by the cluster's own access control: in the VM's namespace, or
 * in that of Moult itself.
 */
public enum Permission {
  /** Read one virtual machine. */
  GET_VM("get", "moult.dev", "virtualmachines"),
  /** Read all; waiting for one does that, narrowed to its name. */
  LIST_VMS("list", "moult.dev", "virtualmachines"),
  /** Follow changes of a virtual machine. */
  WATCH_VMS("watch", "moult.dev", "virtualmachines"),
  /** Change a virtual machine. */
  PATCH_VM("patch", "moult.dev", "virtualmachines"),
  /** Ask for a live update. */
  CREATE_UPDATE("create", "moult.dev", "liveupdates"),
  /** Read all live updates; waiting for one does that, narrowed to its name. */
  LIST_UPDATES("list", "moult.dev", "liveupdates"),
  /** Follow changes of a live update. */
  WATCH_UPDATES("watch", "moult.dev", "liveupdates"),
  /** Have a guest's memory read. */
  CREATE_AUTOPSY("create", "moult.dev", "virtualmachineautopsies"),
  /** Read what was found in a guest's memory; narrowed to one name. */
  LIST_AUTOPSIES("list", "moult.dev", "virtualmachineautopsies"),
  /** Wait for it. */
  WATCH_AUTOPSIES("watch", "moult.dev", "virtualmachineautopsies"),
  /** Read all pods; waiting for one does that, narrowed to its name. */
  LIST_PODS("list", "", "pods"),
  /** Follow changes of a pod. */
  WATCH_PODS("watch", "", "pods"),
  /** Attach to a container's terminal; asked for the web socket that it runs over. */
  GET_ATTACH("get", "", "pods/attach"),
  /** The same, asked for since Kubernetes 1.35 beside the former. */
  CREATE_ATTACH("create", "", "pods/attach"),
  /** Forward a port into a pod; asked for the web socket that it runs over. */
  GET_PORT_FORWARD("get", "", "pods/portforward"),
  /** The same, asked for since Kubernetes 1.35 beside the former. */
  CREATE_PORT_FORWARD("create", "", "pods/portforward"),
  /** Find the node agents. */
  LIST_AGENTS("list", "", "pods", true),
  /** Ask a node agent for its metrics. */
  ASK_AGENTS("get", "", "pods/proxy", true);

  private final String verb;
  private final String group;
  private final String resource;
  private final boolean ofSystem;

  Permission(String verb, String group, String resource) {
    this(verb, group, resource, false);
  }

  Permission(String verb, String group, String resource, boolean ofSystem) {
    this.verb = verb;
    this.group = group;
    this.resource = resource;
    this.ofSystem = ofSystem;
  }

  /** The verb, as a Role writes it. */
  public String verb() {
    return verb;
  }

  /** The API group, as a Role writes it; empty for the core. */
  public String group() {
    return group;
  }

  /** The resource, with its subresource behind a slash. */
  public String resource() {
    return resource;
  }

  /** Whether it is needed in the namespace of Moult itself, and not in the VM's. */
  public boolean ofSystem() {
    return ofSystem;
  }

  /** As messages and documents write it, such as {@code patch virtualmachines.moult.dev}. */
  @Override
  public String toString() {
    return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
  }
}
