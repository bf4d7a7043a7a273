package dev.moult.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a launcher learned of its image's QEMU. Hostile bytes to the broker, which passes them on
 * unread.
 *
 * @param transcript the deflated QMP transcript of the probe; empty when there is none
 * @param failure why there is no transcript; absent when there is one, or none is wanted (anchor)
 * @param message a sentence about the failure; empty without one
 */
public record Probe(byte[] transcript, @Nullable LaunchReason failure, String message)
    implements Encodable {

  /** The probe of a launcher that runs no QEMU. */
  public static Probe none() {
    return new Probe(new byte[0], null, "");
  }

  /** A probe that answered. */
  public static Probe of(byte[] transcript) {
    return new Probe(transcript, null, "");
  }

  /** A probe that failed, and why. */
  public static Probe failed(LaunchReason reason, String message) {
    return new Probe(new byte[0], reason, message);
  }

  @Override
  public void write(FieldWriter out) throws WireException {
    if (transcript.length > Limits.PROBE_BYTES) {
      throw new WireException("probe is larger than " + Limits.PROBE_BYTES + " bytes");
    }
    out.bytes(1, transcript).string(2, failure == null ? null : failure.word()).string(3, message);
  }

  static Probe read(Fields in) throws WireException {
    String failure = in.optionalString(2);
    byte[] transcript = in.bytes(1);
    // Whoever passes the hello on in an event must find room for it.
    if (transcript.length > Limits.PROBE_BYTES) {
      throw new WireException("probe is larger than " + Limits.PROBE_BYTES + " bytes");
    }
    return new Probe(transcript, failure == null ? null : LaunchReason.of(failure), in.sentence(3));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Probe probe
        && Arrays.equals(transcript, probe.transcript)
        && failure == probe.failure
        && message.equals(probe.message);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(transcript) * 31 + message.hashCode();
  }

  @Override
  public String toString() {
    return failure == null
        ? "Probe[" + transcript.length + " bytes]"
        : "Probe[" + failure.word() + ": " + message + "]";
  }
}
