package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;

/** An HTTP request of the kubelet to the guest. There is no host: it is always the guest. */
@ApiType
public record HttpGetProbe(
    @JsonPropertyDescription("Path of the request. Default: /. As its probe, mutable.")
        @Default("/")
        @Size(min = 1, max = 1024)
        @ValidationRule(
            value = "self.startsWith('/')",
            message = "httpGet.path must begin with /, such as /healthz")
        String path,
    @JsonPropertyDescription(
            "Port of the guest: a number, or a name of spec.networks[].ports. Required. As its"
                + " probe, mutable.")
        @Required
        @ValidationRule(value = ProbeRules.PORT, message = ProbeRules.NO_PORT)
        IntOrString port,
    @JsonPropertyDescription(
            "HTTP or HTTPS; a certificate is not checked. Default: HTTP. As its probe, mutable.")
        @Default("HTTP")
        ProbeScheme scheme,
    @JsonPropertyDescription(
            "Headers of the request, at most 16. Default: none. As its probe, mutable.")
        @Size(max = 16)
        List<ProbeHeader> httpHeaders) {
  /** Absent lists, maps and defaults are filled in. */
  public HttpGetProbe {
    path = path == null ? "/" : path;
    scheme = scheme == null ? ProbeScheme.HTTP : scheme;
    httpHeaders = httpHeaders == null ? List.of() : List.copyOf(httpHeaders);
  }
}
