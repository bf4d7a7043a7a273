package dev.moult.launcher.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.Fd;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileStat;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.ImageFacts.Format;
import dev.moult.wire.Operation;
import dev.moult.wire.Operation.Access;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks made by the programs of the anchor's image, which the machine has too. */
class DisksIT {
  private static final long MEBI = 1 << 20;

  @TempDir Path volumes;
  private final Disks disks = new Disks();

  @Test
  void an_overlay_is_as_large_as_its_base_and_names_nothing() throws Exception {
    qemuImg("create", "-q", "-f", "qcow2", file("image.qcow2"), "64M");

    try (Fd base = disks.open(new Operation.OpenImage(31, "root", dir(), "/image.qcow2"));
        Fd overlay = disks.make(new Operation.MakeOverlay(30, "root", 31, file("o.qcow2")))) {
      assertThat(FileControl.accessMode(base)).isEqualTo(FileControl.AccessMode.READ);
      assertThat(FileControl.accessMode(overlay)).isEqualTo(FileControl.AccessMode.READ_WRITE);
    }

    assertThat(disks.images())
        .extracting(ImageFacts::slot, ImageFacts::format, ImageFacts::bytes)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(31, Format.QCOW2, 64 * MEBI),
            org.assertj.core.groups.Tuple.tuple(30, Format.QCOW2, 64 * MEBI));
    assertThat(qemuImg("info", "-f", "qcow2", file("o.qcow2")))
        .contains("64 MiB")
        .doesNotContain("backing");
  }

  @Test
  void an_overlay_of_an_earlier_try_is_made_anew() throws Exception {
    Files.write(volumes.resolve("image.raw"), new byte[1024]);
    Files.writeString(volumes.resolve("o.qcow2"), "left by a launcher that died");

    disks.open(new Operation.OpenImage(31, "root", dir(), "image.raw")).close();
    disks.make(new Operation.MakeOverlay(30, "root", 31, file("o.qcow2"))).close();

    assertThat(disks.images().get(1).bytes()).isEqualTo(1024);
  }

  @Test
  void a_backing_file_of_the_users_is_refused() throws Exception {
    qemuImg("create", "-q", "-f", "raw", file("secret.raw"), "1M");
    qemuImg(
        "create", "-q", "-f", "qcow2", "-b", file("secret.raw"), "-F", "raw", file("evil.qcow2"));

    assertThatThrownBy(() -> disks.open(new Operation.OpenImage(31, "root", dir(), "evil.qcow2")))
        .hasMessageContaining("backing file");
    assertThat(disks.images()).isEmpty();
  }

  @Test
  void an_image_whose_tables_are_broken_is_refused() throws Exception {
    qemuImg("create", "-q", "-f", "qcow2", file("image.qcow2"), "64M");
    byte[] image = Files.readAllBytes(volumes.resolve("image.qcow2"));
    image[40] = 0x7f; // the place of its table: far behind the end of any file
    Files.write(volumes.resolve("image.qcow2"), image);

    assertThatThrownBy(() -> disks.open(new Operation.OpenImage(31, "root", dir(), "image.qcow2")))
        .hasMessageContaining("image of disk root is damaged");
  }

  @Test
  void a_claim_gets_its_file_once() throws Exception {
    var open = new Operation.OpenDisk(32, "data", dir(), "disk.img", Access.READ_WRITE, 8 * MEBI);

    try (Fd made = disks.open(open)) {
      assertThat(FileStat.of(made).size()).isEqualTo(8 * MEBI);
    }
    Files.writeString(volumes.resolve("disk.img"), "x".repeat(1024), StandardCharsets.UTF_8);
    try (Fd found = disks.open(open)) {
      assertThat(FileStat.of(found).size()).as("what a guest has is kept").isEqualTo(1024);
    }
    assertThatThrownBy(() ->
            disks.open(
                new Operation.OpenDisk(34, "other", dir(), "other.img", Access.READ_WRITE, 0)))
        .hasMessageContaining("disk other: there is no file other.img");
  }

  @Test
  void an_empty_disk_is_sparse() throws Exception {
    try (Fd disk = disks.make(new Operation.MakeDisk(34, "tmp", file("t.img"), 1024 * MEBI))) {
      assertThat(FileStat.of(disk).size()).isEqualTo(1024 * MEBI);
    }

    assertThat(disks.images())
        .extracting(ImageFacts::format, ImageFacts::bytes)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(Format.RAW, 1024 * MEBI));
  }

  @Test
  void a_seed_has_what_cloud_init_looks_for() throws Exception {
    Path secret = Files.createDirectory(volumes.resolve("secret"));
    Files.writeString(secret.resolve("userdata"), "#cloud-config\nhostname: web\n");
    Files.writeString(secret.resolve("networkdata"), "version: 2\n");

    disks
        .make(
            new Operation.MakeSeed(
                36, "seed", file("s.iso"), "instance-id: i-1\n", secret.toString(), null, null))
        .close();

    assertThat(disks.images().getFirst().bytes() % 2048).isZero();
    byte[] iso = Files.readAllBytes(volumes.resolve("s.iso"));
    String text = new String(iso, StandardCharsets.ISO_8859_1);
    assertThat(text.substring(16 * 2048 + 40, 16 * 2048 + 46)).isEqualTo("cidata");
    assertThat(text)
        .contains("user-data", "meta-data", "network-config")
        .contains("hostname: web", "instance-id: i-1", "version: 2");
    assertThat(volumes.resolve("s.iso.d")).doesNotExist();
  }

  @Test
  void a_secret_without_user_data_is_named() throws Exception {
    Path secret = Files.createDirectory(volumes.resolve("secret"));

    assertThatThrownBy(() ->
            disks.make(
                new Operation.MakeSeed(
                    36, "seed", file("s.iso"), "", secret.toString(), null, null)))
        .hasMessageContaining("cloudInit of disk seed")
        .hasMessageContaining("userdata");
  }

  @Test
  void a_secret_with_too_much_in_a_key_is_named_with_the_limit() throws Exception {
    Path secret = Files.createDirectory(volumes.resolve("secret"));
    Files.write(secret.resolve("userdata"), new byte[16 * 1024 + 1]);

    assertThatThrownBy(() ->
            disks.make(
                new Operation.MakeSeed(
                    36, "seed", file("s.iso"), "", secret.toString(), null, null)))
        .hasMessageContaining("cloudInit of disk seed")
        .hasMessageContaining("userdata is over 16384 bytes");
    assertThat(volumes.resolve("s.iso")).doesNotExist();
  }

  @Test
  void variables_are_a_copy() throws Exception {
    Files.writeString(volumes.resolve("VARS.fd"), "template");

    try (Fd copy = disks.copy(new Operation.CopyFile(17, file("VARS.fd"), file("vars.fd")))) {
      assertThat(FileControl.accessMode(copy)).isEqualTo(FileControl.AccessMode.READ_WRITE);
    }

    assertThat(Files.readString(volumes.resolve("vars.fd"))).isEqualTo("template");
    assertThatThrownBy(() -> disks.copy(new Operation.CopyFile(17, file("no.fd"), file("v"))))
        .hasMessageContaining("no.fd");
  }

  private String dir() {
    return volumes.toString();
  }

  private String file(String name) {
    return volumes.resolve(name).toString();
  }

  private static String qemuImg(String... arguments) throws Exception {
    var words = new java.util.ArrayList<>(List.of("/usr/bin/qemu-img"));
    words.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().putAll(Map.of("LC_ALL", "C"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
