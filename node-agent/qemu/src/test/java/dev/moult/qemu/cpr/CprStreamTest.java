package dev.moult.qemu.cpr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.qemu.Recorded;
import dev.moult.qemu.cpr.CprStream.EmptyVfio;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CprStreamTest {

  private static final String VFIO = "CprState/vfio devices";

  private final List<CprItem> items = new ArrayList<>();
  private final ByteArrayOutputStream forwarded = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource({"10.0.2,KEEP", "10.0.2,DROP", "11.1.3,KEEP"})
  void passesARecordedStreamOnUnchanged(String version, EmptyVfio emptyVfio) throws Exception {
    CprStream stream = new CprStream(emptyVfio);
    byte[] recorded = replay(stream, version);
    stream.end();
    assertThat(forwarded.toByteArray()).isEqualTo(recorded);
    assertThat(names())
        .containsExactlyInAnyOrder(
            "/rom@etc/acpi/rsdp",
            "/rom@etc/acpi/tables",
            "/rom@etc/table-loader",
            "pc.bios",
            "pc.rom");
    assertThat(items.getFirst()).isEqualTo(new CprItem.Header(1));
    assertThat(items).contains(new CprItem.EndOfList(5));
  }

  @Test
  void takesTheEmptySubsectionOutForAnOlderQemu() throws Exception {
    CprStream stream = new CprStream(EmptyVfio.DROP);
    byte[] recorded = replay(stream, "11.1.3");
    stream.end();
    // 11.1 lists the descriptors in another order; the format up to the list's end is 10.0's.
    assertThat(forwarded.toByteArray())
        .hasSameSizeAs(Recorded.bytes("cpr/10.0.2.bin"))
        .isEqualTo(java.util.Arrays.copyOf(recorded, recorded.length - 28));
    assertThat(items).last().isEqualTo(new CprItem.Subsection(VFIO, 1, true, true));
  }

  @Test
  void readsAStreamThatComesByteByByte() throws Exception {
    CprStream stream = new CprStream(EmptyVfio.KEEP);
    byte[] recorded = Recorded.bytes("cpr/11.1.3.bin");
    int waiting = 5; // as if all descriptors had come early
    for (byte next : recorded) {
      feed(stream, new byte[] {next}, waiting);
      waiting = 0;
    }
    stream.end();
    assertThat(forwarded.toByteArray()).isEqualTo(recorded);
    assertThat(names()).hasSize(5);
  }

  @Test
  void refusesToDropAFilledSubsection() {
    CprStream stream = new CprStream(EmptyVfio.DROP);
    byte[] bytes = concat(header(), new byte[] {0}, subsection(VFIO), new byte[] {1});
    assertThatThrownBy(() -> feed(stream, bytes, 0))
        .isInstanceOf(CprFormatException.class)
        .hasMessage("VFIO devices for a QEMU that cannot take them");
  }

  @Test
  void passesAFilledOrUnknownSubsectionOnAndSaysSo() throws Exception {
    CprStream stream = new CprStream(EmptyVfio.KEEP);
    byte[] bytes = concat(header(), new byte[] {0}, subsection("CprState/new"), new byte[] {1, 2});
    feed(stream, bytes, 0);
    stream.end();
    assertThat(forwarded.toByteArray()).isEqualTo(bytes);
    assertThat(items).contains(new CprItem.Subsection("CprState/new", 1, false, false));
  }

  @Test
  void refusesAStreamCutShort() throws Exception {
    byte[] recorded = Recorded.bytes("cpr/10.0.2.bin");
    for (int length = 0; length < recorded.length; length++) {
      CprStream stream = new CprStream(EmptyVfio.KEEP);
      feed(stream, java.util.Arrays.copyOf(recorded, length), 5);
      assertThatThrownBy(stream::end).isInstanceOf(CprFormatException.class);
    }
  }

  @Test
  void refusesWhatIsNoStream() {
    refused("QEVM", 0, "not a cpr stream");
    refused(concat("QCPR".getBytes(StandardCharsets.US_ASCII), be32(2)), 0, "format version 2");
    refused(concat(header(), new byte[] {7}), 0, "neither an entry nor the end of the list");
    refused(concat(header(), entry("ram0", 0)), 0, "an entry without a descriptor");
    refused(concat(header(), new byte[] {1}, be32(-1)), 1, "a name of -1 bytes");
    refused(concat(header(), new byte[] {1}, be32(257)), 1, "a name of 257 bytes");
    refused(concat(header(), entry("a\nb", 0)), 1, "a name that is not printable ASCII");
    refused(concat(header(), new byte[] {0, 9}), 0, "neither a subsection nor the end");
    byte[] open = entry("ab", 0);
    open[7] = 'c';
    refused(concat(header(), open), 1, "a name without its end");
  }

  @Test
  void refusesTooMuch() throws Exception {
    refused(new byte[CprStream.MAX_BYTES + 1], 0, "more than 65536 bytes or 64 descriptors");
    refused(header(), 65, "more than 65536 bytes or 64 descriptors");
    CprStream ended = new CprStream(EmptyVfio.KEEP);
    feed(ended, concat(header(), new byte[] {0}), 0);
    assertThatThrownBy(() -> feed(ended, subsection(VFIO), 1))
        .hasMessage("a descriptor after the list");
    CprStream unnamed = new CprStream(EmptyVfio.KEEP);
    feed(unnamed, concat(header(), new byte[] {0}), 1);
    assertThatThrownBy(unnamed::end).isInstanceOf(CprFormatException.class);
  }

  private void refused(String bytes, int descriptors, String message) {
    refused(bytes.getBytes(StandardCharsets.US_ASCII), descriptors, message);
  }

  private void refused(byte[] bytes, int descriptors, String message) {
    assertThatThrownBy(() -> feed(new CprStream(EmptyVfio.KEEP), bytes, descriptors))
        .isInstanceOf(CprFormatException.class)
        .hasMessage(message);
  }

  /** Feeds a recording in the pieces in which the kernel delivered it. */
  private byte[] replay(CprStream stream, String version) throws Exception {
    ByteBuffer recorded = ByteBuffer.wrap(Recorded.bytes("cpr/" + version + ".bin"));
    for (String line : Recorded.text("cpr/" + version + ".pieces").lines().toList()) {
      String[] piece = line.split(" ", -1);
      byte[] bytes = new byte[Integer.parseInt(piece[0])];
      recorded.get(bytes);
      feed(stream, bytes, Integer.parseInt(piece[1]));
    }
    return recorded.array();
  }

  private void feed(CprStream stream, byte[] bytes, int descriptors) throws CprFormatException {
    CprStream.Piece piece = stream.feed(ByteBuffer.wrap(bytes), descriptors);
    items.addAll(piece.items());
    byte[] forward = new byte[piece.forward().remaining()];
    piece.forward().get(forward);
    forwarded.writeBytes(forward);
    if (descriptors > 0 && bytes.length > 0) {
      assertThat(forward).isNotEmpty();
    }
  }

  private List<String> names() {
    return items.stream()
        .filter(CprItem.Descriptor.class::isInstance)
        .map(item -> ((CprItem.Descriptor) item).name())
        .toList();
  }

  private static byte[] header() {
    return concat("QCPR".getBytes(StandardCharsets.US_ASCII), be32(1));
  }

  private static byte[] entry(String name, int id) {
    byte[] text = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    return concat(new byte[] {1}, be32(text.length), text, be32(id), new byte[] {0x20});
  }

  private static byte[] subsection(String name) {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    return concat(new byte[] {5, (byte) text.length}, text, be32(1));
  }

  private static byte[] be32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] concat(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
