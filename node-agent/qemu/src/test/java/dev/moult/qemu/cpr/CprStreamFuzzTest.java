package dev.moult.qemu.cpr;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The cpr stream of a hostile A. */
class CprStreamFuzzTest {

  /** What became of a stream: complete, or refused. */
  private record Outcome(boolean complete, List<CprItem> items, byte[] forward) {}

  /** The first three bytes: bytes in a piece, descriptors with the first, what to do with VFIO. */
  @FuzzTest(maxDuration = "")
  void stream(byte[] data) {
    if (data.length < 4) {
      return;
    }
    int piece = 1 + (data[0] & 0xff);
    int descriptors = data[1] & 0x7f;
    EmptyVfio vfio = (data[2] & 1) == 0 ? EmptyVfio.KEEP : EmptyVfio.DROP;
    byte[] bytes = Arrays.copyOfRange(data, 3, data.length);

    Outcome whole = feed(bytes, bytes.length, descriptors, vfio);
    Outcome inPieces = feed(bytes, piece, descriptors, vfio);

    assertThat(inPieces.complete()).isEqualTo(whole.complete());
    if (!whole.complete()) {
      return;
    }
    assertThat(inPieces.items()).isEqualTo(whole.items());
    assertThat(inPieces.forward()).isEqualTo(whole.forward());
    assertThat(named(whole)).isEqualTo(descriptors).isLessThanOrEqualTo(CprStream.MAX_DESCRIPTORS);
    long dropped =
        whole.items().stream()
            .filter(item -> item instanceof CprItem.Subsection section && section.dropped())
            .count();
    assertThat(whole.forward().length).isEqualTo(bytes.length - 28 * (int) dropped);
    if (vfio == EmptyVfio.KEEP) {
      assertThat(whole.forward()).isEqualTo(bytes);
    }
  }

  private static Outcome feed(byte[] bytes, int piece, int descriptors, EmptyVfio vfio) {
    var stream = new CprStream(vfio);
    var items = new ArrayList<CprItem>();
    var forward = new ByteArrayOutputStream();
    try {
      for (int at = 0; at < bytes.length; at += piece) {
        int count = Math.min(piece, bytes.length - at);
        CprStream.Piece answer =
            stream.feed(ByteBuffer.wrap(bytes, at, count), at == 0 ? descriptors : 0);
        assertThat(at > 0 || descriptors == 0 || answer.forward().hasRemaining()).isTrue();
        items.addAll(answer.items());
        byte[] passed = new byte[answer.forward().remaining()];
        answer.forward().get(passed);
        forward.writeBytes(passed);
      }
      stream.end();
      return new Outcome(true, items, forward.toByteArray());
    } catch (CprFormatException refused) {
      return new Outcome(false, items, forward.toByteArray());
    }
  }

  private static int named(Outcome outcome) {
    return (int)
        outcome.items().stream().filter(item -> item instanceof CprItem.Descriptor).count();
  }
}
