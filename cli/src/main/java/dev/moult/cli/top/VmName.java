package dev.moult.cli.top;

import java.util.Comparator;

/** A virtual machine in its namespace. */
record VmName(String namespace, String name) implements Comparable<VmName> {
  private static final Comparator<VmName> ORDER =
      Comparator.comparing(VmName::namespace).thenComparing(VmName::name);

  @Override
  public int compareTo(VmName other) {
    return ORDER.compare(this, other);
  }
}
