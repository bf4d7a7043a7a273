package dev.moult.launcher.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.launcher.LaunchException;
import dev.moult.linux.Fd;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.wire.Operation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UEFI's variables in a volume of the user's. */
class VariablesIT {
  private static final int BYTES = 4096;
  private static final String NAME = "web-uefi-variables.fd";

  @TempDir Path image;
  @TempDir Path volume;

  @BeforeEach
  void template() throws Exception {
    Files.write(image.resolve("VARS.fd"), variables());
  }

  private static byte[] variables() {
    byte[] bytes = new byte[BYTES];
    System.arraycopy("_FVH".getBytes(StandardCharsets.US_ASCII), 0, bytes, 40, 4);
    return bytes;
  }

  @Test
  void are_made_once_and_kept() throws Exception {
    try (Fd first = keep()) {
      assertThat(FileControl.accessMode(first)).isEqualTo(FileControl.AccessMode.READ_WRITE);
      FileIo.writeAt(first, 100, "a boot entry".getBytes(StandardCharsets.US_ASCII));
    }

    try (Fd second = keep()) {
      assertThat(FileIo.readAt(second, 100, 12)).asString().isEqualTo("a boot entry");
    }
    assertThat(volume.toFile().list()).containsExactly(NAME);
  }

  @Test
  void what_a_launcher_left_that_died_is_made_anew() throws Exception {
    Files.writeString(volume.resolve(NAME + ".new"), "half of it");

    keep().close();

    assertThat(volume.resolve(NAME)).hasBinaryContent(variables());
    assertThat(volume.toFile().list()).containsExactly(NAME);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, BYTES - 1, BYTES + 1})
  void of_another_size_are_refused_with_both_sizes(int bytes) throws Exception {
    Files.write(volume.resolve(NAME), new byte[bytes]);

    assertThatThrownBy(this::keep)
        .isInstanceOf(LaunchException.class)
        .hasMessage(
            "the file of UEFI's variables, web-uefi-variables.fd in spec.boot.uefi.variables, has "
                + bytes
                + " bytes, and this firmware's have 4096; restore it, or remove it to begin with new"
                + " ones");
    assertThat(volume.resolve(NAME)).as("it is the user's").hasSize(bytes);
  }

  @Test
  void of_another_kind_are_refused() throws Exception {
    Files.write(volume.resolve(NAME), new byte[BYTES]);

    assertThatThrownBy(this::keep).hasMessageContaining("is no store of such variables");
  }

  @Test
  void a_link_leads_nowhere_outside() throws Exception {
    Path outside = Files.write(image.resolve("other"), variables());
    Files.createSymbolicLink(volume.resolve(NAME), outside);

    keep().close();

    assertThat(volume.resolve(NAME)).as("the link is replaced").isRegularFile();
    assertThat(Files.isSymbolicLink(volume.resolve(NAME))).isFalse();
  }

  @Test
  void a_directory_is_refused() throws Exception {
    Files.createDirectory(volume.resolve(NAME));

    assertThatThrownBy(this::keep).hasMessageContaining("cannot be opened or made");
  }

  @Test
  void of_an_image_without_that_firmware_are_not_made() throws Exception {
    Files.delete(image.resolve("VARS.fd"));

    assertThatThrownBy(this::keep).hasMessageContaining("has no " + image.resolve("VARS.fd"));
    assertThat(volume).isEmptyDirectory();
  }

  private Fd keep() throws LaunchException {
    return Variables.keep(
        new Operation.KeepFile(17, image.resolve("VARS.fd").toString(), volume.toString(), NAME));
  }
}
