package dev.moult.broker.network;

/**
 * A link of an anchor, the guest's tap for it, and the bridge that joins them, if they are bridged.
 *
 * @param link what the cluster's network gave the pod
 * @param tap what the guest's network card is connected to
 * @param bridge joins both
 * @param table of nftables, family bridge
 */
record Joint(String link, String tap, String bridge, String table) {
  /** That of the pod network. */
  static final Joint POD = new Joint(NetworkPlan.POD_LINK, NetworkPlan.TAP, "br0", "moult");

  private static final String FURTHER = "net";

  /**
   * That of a further link.
   *
   * @param link {@code net} and a number from 1
   */
  static Joint of(String link) {
    if (!link.matches(FURTHER + "[1-9][0-9]?")) {
      throw new IllegalArgumentException("no further link: " + link);
    }
    String number = link.substring(FURTHER.length());
    return new Joint(link, "tap" + number, "br" + number, "moult_" + link);
  }

  /** Whether it is that of the pod network, which no anchor is without. */
  boolean isPods() {
    return equals(POD);
  }

  /** Whether a link of that name is a guest's tap. */
  static boolean isTap(String name) {
    return name.matches("tap[0-9]{1,2}");
  }
}
