package dev.moult.operator.pod;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.GuestProbe;
import dev.moult.api.v1alpha1.HttpGetProbe;
import dev.moult.api.v1alpha1.NetworkSpec;
import dev.moult.api.v1alpha1.PortSpec;
import dev.moult.api.v1alpha1.ProbeHeader;
import dev.moult.api.v1alpha1.Protocol;
import dev.moult.api.v1alpha1.TcpSocketProbe;
import dev.moult.api.v1alpha1.VirtualMachineSpec;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HTTPHeader;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Those of the guest's probes that the kubelet asks, carried by a container of their own beside the
 * anchor: it asks the pod's address, which leads to the guest, and what it restarts in the end may
 * not be the anchor, whose descriptors are the guest. The restart is the sign; {@link ProbeReport}
 * reads it. The others, by the guest agent, are the node agent's to ask.
 */
final class GuestProbes {
  /** Name of the container. */
  static final String CONTAINER = ApiNames.PROBES_CONTAINER;

  /** How it ends when the kubelet asks it to, and in no other way. */
  static final int ENDED_BY_KUBELET = 75;

  /** Also in the chart's policy for the operator's pods. */
  private static final String SCRIPT =
      "trap 'exit " + ENDED_BY_KUBELET + "' TERM; sleep infinity & wait";

  private GuestProbes() {}

  /** The container; none when the spec has no such probe. */
  static List<Container> containers(VirtualMachineSpec spec, PodImages images) {
    return wanted(spec) ? List.of(container(spec, images)) : List.of();
  }

  /** Whether the kubelet is to ask the guest anything. */
  private static boolean wanted(VirtualMachineSpec spec) {
    return Stream.of(spec.readinessProbe(), spec.livenessProbe(), spec.startupProbe())
        .filter(Objects::nonNull)
        .anyMatch(GuestProbes::isOfKubelet);
  }

  private static boolean isOfKubelet(GuestProbe probe) {
    return probe.httpGet() != null || probe.tcpSocket() != null;
  }

  private static Container container(VirtualMachineSpec spec, PodImages images) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(images.launcher())
        .withImagePullPolicy(images.pullPolicy())
        .withCommand("/bin/sh", "-c", SCRIPT)
        .withReadinessProbe(probe(spec, spec.readinessProbe()))
        .withLivenessProbe(ending(probe(spec, spec.livenessProbe())))
        .withStartupProbe(ending(probe(spec, spec.startupProbe())))
        .withNewResources()
        .addToRequests("cpu", new Quantity("1m"))
        .addToRequests("memory", new Quantity("2Mi"))
        .addToLimits("memory", new Quantity("16Mi"))
        .endResources()
        .withSecurityContext(PodCommon.containerSecurity())
        .build();
  }

  /** Its container ends at once; the guest's own time to power down follows. */
  private static @Nullable Probe ending(@Nullable Probe probe) {
    return probe == null
        ? null
        : new ProbeBuilder(probe).withTerminationGracePeriodSeconds(5L).build();
  }

  private static @Nullable Probe probe(VirtualMachineSpec spec, @Nullable GuestProbe wished) {
    if (wished == null || !isOfKubelet(wished)) {
      return null;
    }
    var probe =
        new ProbeBuilder()
            .withInitialDelaySeconds(wished.initialDelaySeconds())
            .withPeriodSeconds(wished.periodSeconds())
            .withTimeoutSeconds(wished.timeoutSeconds())
            .withSuccessThreshold(wished.successThreshold())
            .withFailureThreshold(wished.failureThreshold());
    HttpGetProbe http = wished.httpGet();
    if (http != null) {
      return probe
          .withNewHttpGet()
          .withPath(http.path())
          .withPort(port(spec, http.port()))
          .withScheme(http.scheme().name())
          .withHttpHeaders(http.httpHeaders().stream().map(GuestProbes::header).toList())
          .endHttpGet()
          .build();
    }
    TcpSocketProbe tcp = Objects.requireNonNull(wished.tcpSocket(), "admission asks for one");
    return probe.withNewTcpSocket().withPort(port(spec, tcp.port())).endTcpSocket().build();
  }

  private static HTTPHeader header(ProbeHeader header) {
    return new HTTPHeader(header.name(), header.value());
  }

  /** The kubelet looks names up among the ports of the container itself, which has none. */
  private static IntOrString port(VirtualMachineSpec spec, IntOrString wished) {
    return spec.networks().stream()
        .map(NetworkSpec::ports)
        .flatMap(List::stream)
        .filter(port -> port.protocol() == Protocol.TCP)
        .filter(port -> port.name() != null && port.name().equals(wished.getStrVal()))
        .map(PortSpec::port)
        .map(IntOrString::new)
        .findFirst()
        .orElse(wished);
  }
}
