package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Whether a guest is well, asked again and again, as in a pod. */
@ApiType
@ValidationRule(
    value =
        "[has(self.httpGet), has(self.tcpSocket), has(self.exec),"
            + " has(self.guestAgentPing)].exists_one(h, h)",
    message = "a probe must have exactly one of httpGet, tcpSocket, exec and guestAgentPing")
public record GuestProbe(
    @JsonPropertyDescription(
            "Succeeds when the guest answers an HTTP request with a status from 200 to 399. As its"
                + " probe, mutable.")
        @Nullable HttpGetProbe httpGet,
    @JsonPropertyDescription(
            "Succeeds when the guest accepts a TCP connection. As its probe, mutable.")
        @Nullable TcpSocketProbe tcpSocket,
    @JsonPropertyDescription(
            "Succeeds when a command in the guest ends with exit code 0. The guest's own"
                + " qemu-guest-agent runs it, by guest-exec, which its configuration must allow. "
                + ProbeRules.BY_THE_GUEST_AGENT)
        @Nullable ExecProbe exec,
    @JsonPropertyDescription(
            "Succeeds when the guest's qemu-guest-agent answers a guest-ping; write {}. "
                + ProbeRules.BY_THE_GUEST_AGENT)
        @Nullable GuestAgentPingProbe guestAgentPing,
    @JsonPropertyDescription(
            "Seconds from the start of the pod to the first try, 0 to 86400; the guest starts a"
                + " few seconds after the pod. By exec and guestAgentPing: from the start of the"
                + " guest. Default: 0. As its probe, mutable.")
        @Default("0")
        @Min(0)
        @Max(86400)
        Integer initialDelaySeconds,
    @JsonPropertyDescription(
            "Seconds from one try to the next, 1 to 86400. Default: 10. As its probe, mutable.")
        @Default("10")
        @Min(1)
        @Max(86400)
        Integer periodSeconds,
    @JsonPropertyDescription(
            "Seconds after which a try without an answer has failed, 1 to 3600. Default: 1. As its"
                + " probe, mutable.")
        @Default("1")
        @Min(1)
        @Max(3600)
        Integer timeoutSeconds,
    @JsonPropertyDescription(
            "How many tries in a row must succeed after one that failed, 1 to 1000; 1 for liveness"
                + " and startup. Default: 1. As its probe, mutable.")
        @Default("1")
        @Min(1)
        @Max(1000)
        Integer successThreshold,
    @JsonPropertyDescription(
            "How many tries in a row must fail until the probe has failed, 1 to 10000. Default: 3."
                + " As its probe, mutable.")
        @Default("3")
        @Min(1)
        @Max(10000)
        Integer failureThreshold) {
  /** Absent lists, maps and defaults are filled in. */
  public GuestProbe {
    initialDelaySeconds = initialDelaySeconds == null ? 0 : initialDelaySeconds;
    periodSeconds = periodSeconds == null ? 10 : periodSeconds;
    timeoutSeconds = timeoutSeconds == null ? 1 : timeoutSeconds;
    successThreshold = successThreshold == null ? 1 : successThreshold;
    failureThreshold = failureThreshold == null ? 3 : failureThreshold;
  }

  /** A probe by HTTP or TCP. */
  public GuestProbe(
      @Nullable HttpGetProbe httpGet,
      @Nullable TcpSocketProbe tcpSocket,
      Integer initialDelaySeconds,
      Integer periodSeconds,
      Integer timeoutSeconds,
      Integer successThreshold,
      Integer failureThreshold) {
    this(
        httpGet,
        tcpSocket,
        null,
        null,
        initialDelaySeconds,
        periodSeconds,
        timeoutSeconds,
        successThreshold,
        failureThreshold);
  }
}
