package dev.moult.cli.autopsy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * What opens one autopsy: it never leaves this program but to the anchor's port; the cluster has
 * its digest.
 *
 * @param text 64 hexadecimal digits
 */
record Key(String text) {
  private static final int BYTES = 32;

  /** A new one. */
  static Key make() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return new Key(HexFormat.of().formatHex(bytes));
  }

  /** The digest of its text, for the object's spec. */
  String sha256() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  @Override
  public String toString() {
    return "a key"; // not for any log
  }
}
