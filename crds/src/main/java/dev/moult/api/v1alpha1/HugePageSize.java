package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Size of the huge pages that a guest's memory is made of. */
public enum HugePageSize {
  /** 2 MiB. */
  @JsonProperty("2Mi")
  TWO_MIB("2Mi", 2L << 20),

  /** 1 GiB. */
  @JsonProperty("1Gi")
  ONE_GIB("1Gi", 1L << 30);

  private final String word;
  private final long bytes;

  HugePageSize(String word, long bytes) {
    this.word = word;
    this.bytes = bytes;
  }

  /** As it is written, and as it ends the name of the resource {@code hugepages-2Mi}. */
  public String word() {
    return word;
  }

  /** Bytes of one page. */
  public long bytes() {
    return bytes;
  }
}
