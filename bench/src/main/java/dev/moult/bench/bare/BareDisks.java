package dev.moult.bench.bare;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.qemu.machine.DescriptorSlots.DiskSlots;
import dev.moult.qemu.machine.FrozenDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The disks of a machine that boots from an image, made as the product makes them: an overlay on
 * the image, a raw file in place of the claim, a seed for cloud-init.
 */
final class BareDisks {
  private static final int FIRST_SLOT = 30;
  private static final int SLOTS_OF_A_DISK = 2;

  /** Where a qcow2's header has the size that a guest sees (QEMU's docs/interop/qcow2.rst). */
  private static final int QCOW2_SIZE = 24;

  /** Nothing offers an address here: the seed says it. */
  private static final String NETWORK =
      """
      version: 2
      ethernets:
        nic:
          match: {macaddress: "%s"}
          addresses: [%s/24]
          routes: [{to: 0.0.0.0/0, via: %s}]
      """;

  private final Path directory;
  private final Path image;
  private final List<FrozenDisk> disks;
  private final List<Path> files = new ArrayList<>();

  private BareDisks(Path directory, Path image, List<FrozenDisk> disks) {
    this.directory = directory;
    this.image = image;
    this.disks = disks;
  }

  /**
   * Makes all files, in a directory of their own.
   *
   * @param image what lies beneath the overlay
   * @param userData for the seed
   */
  static BareDisks make(Path directory, Blueprint blueprint, Path image, String userData)
      throws IOException, InterruptedException {
    var own = Files.createTempDirectory(directory, "d");
    var made = new BareDisks(own, image, blueprint.machine().disks());
    for (var disk : made.disks) {
      var file = own.resolve("disk" + disk.index());
      if (disk.base() != null) {
        made.overlay(file);
      } else if (disk.readOnly()) {
        made.seed(file, userData, blueprint.machine().nics().getFirst().mac());
      } else {
        try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
          raw.setLength(blueprint.claimBytes());
        }
      }
      made.files.add(file);
    }
    return made;
  }

  private void overlay(Path file) throws IOException, InterruptedException {
    long bytes;
    try (var header = new RandomAccessFile(image.toFile(), "r")) {
      header.seek(QCOW2_SIZE);
      bytes = header.readLong();
    }
    run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-o",
        "compat=1.1,cluster_size=65536",
        file.toString(),
        Long.toString(bytes));
  }

  private void seed(Path file, String userData, String mac)
      throws IOException, InterruptedException {
    var staging = Files.createDirectory(directory.resolve("seed"));
    Files.writeString(staging.resolve("user-data"), userData);
    Files.writeString(staging.resolve("meta-data"), "instance-id: bare\nlocal-hostname: bare\n");
    Files.writeString(
        staging.resolve("network-config"),
        NETWORK.formatted(mac, BareMachine.GUEST_ADDRESS, BareMachine.GATEWAY));
    run(
        "genisoimage",
        "-quiet",
        "-volid",
        "cidata",
        "-joliet",
        "-rational-rock",
        "-output",
        file.toString(),
        staging.toString());
  }

  /** The numbers of their descriptors, as in the product: {@code docs/architecture.md}. */
  List<DiskSlots> slots() {
    return disks.stream()
        .map(disk -> new DiskSlots(image(disk), disk.base() == null ? null : image(disk) + 1))
        .toList();
  }

  private static int image(FrozenDisk disk) {
    return FIRST_SLOT + SLOTS_OF_A_DISK * disk.index();
  }

  /**
   * Opens them for one QEMU, whose locks are on these opens.
   *
   * @param into where the descriptors go, by number; the caller closes them
   */
  void open(Map<Integer, Fd> into) throws LinuxException {
    for (int i = 0; i < disks.size(); i++) {
      var disk = disks.get(i);
      into.put(image(disk), open(files.get(i), disk, disk.image(), !disk.readOnly()));
      FrozenDisk.@Nullable Image base = disk.base();
      if (base != null) {
        into.put(image(disk) + 1, open(image, disk, base, false));
      }
    }
  }

  private static Fd open(Path file, FrozenDisk disk, FrozenDisk.Image which, boolean write)
      throws LinuxException {
    var access = write ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY;
    return disk.opensDirect(which)
        ? Open.path(file, access, OpenFlag.DIRECT)
        : Open.path(file, access);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said.strip());
    }
  }
}
