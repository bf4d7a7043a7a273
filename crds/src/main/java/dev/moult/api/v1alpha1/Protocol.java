package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Transport protocol of a port. */
public enum Protocol {
  /** TCP. */
  @JsonProperty("TCP")
  TCP,

  /** UDP. */
  @JsonProperty("UDP")
  UDP,

  /** SCTP. */
  @JsonProperty("SCTP")
  SCTP
}
