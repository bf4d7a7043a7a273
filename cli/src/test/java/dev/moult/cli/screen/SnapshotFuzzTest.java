package dev.moult.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.util.stream.IntStream;

/** What a hostile QEMU says to whoever wants to see its screen, after an honest greeting. */
class SnapshotFuzzTest {
  private static final byte[] GREETING = Spoken.hello(3, 2).all();

  @FuzzTest(maxDuration = "")
  void stream(byte[] said) {
    var in =
        new SequenceInputStream(new ByteArrayInputStream(GREETING), new ByteArrayInputStream(said));
    Picture picture;
    try {
      picture = Snapshot.take(in, new ByteArrayOutputStream());
    } catch (IOException refused) {
      return;
    }
    assertThat(picture.isComplete()).isTrue();
    assertThat(picture.pixels()).hasSize(picture.width() * picture.height());
    assertThat(IntStream.of(picture.pixels())).allMatch(pixel -> pixel >>> 24 == 0);
  }
}
