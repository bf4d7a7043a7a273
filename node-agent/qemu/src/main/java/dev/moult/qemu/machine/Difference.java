package dev.moult.qemu.machine;

import dev.moult.qemu.PeerText;

/**
 * Something that is not the same in A and B.
 *
 * @param where what differs, such as {@code -cpu} or {@code pcie.0/nic0.mac}
 * @param a the value in A, or {@code (absent)}
 * @param b the value in B, or {@code (absent)}
 */
public record Difference(String where, String a, String b) {

  /** Cleans what may come from a hostile QEMU. */
  public Difference {
    where = PeerText.clean(where);
    a = PeerText.clean(a);
    b = PeerText.clean(b);
  }

  /** Stands for a value that one side does not have. */
  public static final String ABSENT = "(absent)";

  /** One sentence for people. */
  public String sentence() {
    return where + " is " + a + " in the running QEMU and " + b + " in the new one";
  }

  @Override
  public String toString() {
    return sentence();
  }
}
