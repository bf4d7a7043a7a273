package dev.moult.launcher.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.wire.ImageFacts.Format;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHeaderTest {
  private static final long GIB = 1L << 30;

  @Test
  void tells_qcow2_by_its_magic_and_reads_its_size() throws Exception {
    ImageHeader header = read(qcow2(UnaryOperator.identity()), 200_000);

    assertThat(header).isEqualTo(new ImageHeader(Format.QCOW2, GIB));
  }

  @Test
  void takes_all_else_as_raw() throws Exception {
    assertThat(read(new byte[512], 1024)).isEqualTo(new ImageHeader(Format.RAW, 1024));
  }

  @Test
  void refuses_a_backing_file_before_anybody_opens_it() {
    byte[] image = qcow2(header -> header.putLong(8, 512).putInt(16, 10));

    assertThatThrownBy(() -> read(image, 200_000))
        .hasMessageContaining("image of disk root names a backing file")
        .hasMessageContaining("qemu-img convert");
  }

  @Test
  void refuses_an_external_data_file() {
    byte[] image = qcow2(header -> header.putLong(72, 1 << 2));

    assertThatThrownBy(() -> read(image, 200_000)).hasMessageContaining("data in another file");
  }

  @Test
  void refuses_what_it_does_not_know() {
    assertThatThrownBy(() -> read(qcow2(header -> header.putLong(72, 1 << 9)), 200_000))
        .hasMessageContaining("features");
    assertThatThrownBy(() -> read(qcow2(header -> header.putInt(4, 4)), 200_000))
        .hasMessageContaining("version 4");
    assertThatThrownBy(() -> read(qcow2(header -> header.putInt(32, 2)), 200_000))
        .hasMessageContaining("encrypted");
    assertThatThrownBy(() -> read(qcow2(header -> header.putInt(20, 63)), 200_000))
        .hasMessageContaining("clusters");
    assertThatThrownBy(() -> read(qcow2(header -> header.putLong(24, GIB + 1)), 200_000))
        .hasMessageContaining("multiple of 512");
    assertThatThrownBy(() -> read(qcow2(header -> header.putLong(24, -512)), 200_000))
        .hasMessageContaining("empty");
  }

  @Test
  void refuses_a_header_that_is_cut() {
    byte[] start = new byte[20];
    System.arraycopy(qcow2(UnaryOperator.identity()), 0, start, 0, start.length);

    assertThatThrownBy(() -> read(start, 20)).hasMessageContaining("ends inside its qcow2 header");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"KDMV", "vhdxfile", "\u001f\u008b", "\u00fd7zXZ\0", "QED\0", "<<< Oracle"})
  void says_what_to_do_with_other_formats(String magic) {
    byte[] image = new byte[512];
    byte[] start = magic.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(start, 0, image, 0, start.length);

    assertThatThrownBy(() -> read(image, 512)).hasMessageContaining("qemu-img convert -O qcow2");
  }

  @Test
  void refuses_a_raw_image_that_is_empty_or_no_multiple_of_a_sector() {
    assertThatThrownBy(() -> read(new byte[0], 0)).hasMessageContaining("empty");
    assertThatThrownBy(() -> read("hello\n".getBytes(StandardCharsets.UTF_8), 6))
        .hasMessageContaining("no multiple of 512");
  }

  private static ImageHeader read(byte[] head, long fileBytes) throws Exception {
    return ImageHeader.read(30, "root", head, fileBytes);
  }

  private static byte[] qcow2(UnaryOperator<ByteBuffer> change) {
    ByteBuffer header = ByteBuffer.allocate(512);
    header.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, GIB);
    return change.apply(header).array();
  }
}
