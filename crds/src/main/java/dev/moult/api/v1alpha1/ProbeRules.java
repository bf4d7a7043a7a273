package dev.moult.api.v1alpha1;

/** CEL and words that the probes share. */
final class ProbeRules {
  /** Of a spec, followed by the probe's field and {@link #FORWARDED}. */
  static final String IF_PRESENT = "!has(self.";

  /** Followed by the probe's field again and {@link #TO_THE_GUEST}. */
  static final String FORWARDED = ") || [self.";

  /** Whether the probe's port is one that leads to the guest. */
  static final String TO_THE_GUEST =
      "].all(q, (!has(q.httpGet) && !has(q.tcpSocket)) || [has(q.httpGet) ? q.httpGet.port :"
          + " q.tcpSocket.port].all(o, has(self.networks) && self.networks.exists(n, has(n.pod)"
          + " && (type(o) == int ? !has(n.ports) || size(n.ports) == 0 || n.ports.exists(p,"
          + " p.protocol == 'TCP' && p.port == o) : has(n.ports) && n.ports.exists(p, p.protocol =="
          + " 'TCP' && has(p.name) && p.name == o)))))";

  /** What follows the probe's field in the refusal. */
  static final String NOT_FORWARDED =
      ": its port does not lead to the guest; add it to spec.networks[].ports, protocol TCP, by"
          + " the name that the probe uses";

  /** Whether it is a port's number, or a name as ports have. */
  static final String PORT =
      "type(self) == int ? self >= 1 && self <= 65535 :"
          + " string(self).matches('^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$')";

  /** The refusal of a port that is neither. */
  static final String NO_PORT =
      "a probe's port must be a number from 1 to 65535, or a name of spec.networks[].ports";

  /** Whether probes by the guest agent have a way to it. */
  static final String CHANNEL =
      "has(self.boot.firmware) || (!(has(self.readinessProbe) && (has(self.readinessProbe.exec) ||"
          + " has(self.readinessProbe.guestAgentPing))) && !(has(self.livenessProbe) &&"
          + " (has(self.livenessProbe.exec) || has(self.livenessProbe.guestAgentPing))) &&"
          + " !(has(self.startupProbe) && (has(self.startupProbe.exec) ||"
          + " has(self.startupProbe.guestAgentPing))))";

  /** The refusal of those that have none. */
  static final String NO_CHANNEL =
      "probes by exec and guestAgentPing go by the guest agent, to which only a guest has a channel"
          + " that boots by spec.boot.firmware; use httpGet or tcpSocket";

  /** What the descriptions of both have in common. */
  static final String BY_THE_GUEST_AGENT =
      "Only a guest that boots by spec.boot.firmware has a channel to its guest agent; no answer is"
          + " a failed try. As a readinessProbe it makes the VirtualMachine's Ready false and leaves"
          + " the pod alone: Services, which follow the pod, go on to send; for them use httpGet or"
          + " tcpSocket. As its probe, mutable.";

  private ProbeRules() {}
}
