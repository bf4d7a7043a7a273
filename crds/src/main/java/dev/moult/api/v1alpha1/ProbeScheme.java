package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a probe speaks HTTP. */
public enum ProbeScheme {
  /** In the clear. */
  @JsonProperty("HTTP")
  HTTP,

  /** Over TLS; the guest's certificate is not checked, as in a pod. */
  @JsonProperty("HTTPS")
  HTTPS
}
