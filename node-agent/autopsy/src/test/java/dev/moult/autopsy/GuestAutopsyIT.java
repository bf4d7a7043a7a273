package dev.moult.autopsy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Fd;
import dev.moult.linux.file.Memfd;
import dev.moult.qemu.testing.Checkout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A real Linux guest under a real QEMU, which is killed: what its kernel has said on the console is
 * in its RAM, and the core of it is one.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GuestAutopsyIT {
  private static final long MIB = 1L << 20;

  /** What the product promises for 2 GiB, API server and all. */
  private static final long PROMISED_MILLIS = 2_000;

  @TempDir Path directory;

  /** Low memory alone; with RAM above 4 GiB; with page tables of five levels; after a panic. */
  @ParameterizedTest
  @CsvSource({
    "512, qemu64, GUEST UP, ''",
    "2048, qemu64, GUEST UP, ''",
    "3072, qemu64, GUEST UP, ''",
    "2048, max, GUEST UP, ''",
    "1024, qemu64, Kernel panic, 'panic=0 rdinit=/nowhere root=/dev/nothing'",
  })
  void readsWhatTheDeadGuestHasSaid(int mebibytes, String cpu, String until, String arguments)
      throws Exception {
    try (Fd ram = Memfd.guestRam("ram", mebibytes * MIB, Memfd.Pages.NORMAL)) {
      List<String> said = runAndKill(ram, mebibytes, cpu, until, arguments);

      KernelLog log = KernelLog.read(ram);

      List<String> kernels =
          said.stream().filter(line -> line.matches("\\[ *\\d+\\.\\d{6}\\] .*")).toList();
      assertThat(kernels).hasSizeGreaterThan(100);
      assertThat(log.lines()).containsSubsequence(kernels);
      assertThat(log.lines()).first().asString().contains("Linux version " + log.release());
      assertThat(log.remarks()).isEmpty();
      long best = Long.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        long began = System.nanoTime();
        KernelLog again = KernelLog.read(ram);
        best = Math.min(best, (System.nanoTime() - began) / 1_000_000);
        assertThat(again).isEqualTo(log);
      }
      System.out.printf(
          "dmesg of %d MiB (%s): %d lines in %d ms%n", mebibytes, cpu, log.lines().size(), best);
      assertThat(best).isLessThan(PROMISED_MILLIS);
    }
  }

  @ParameterizedTest
  @CsvSource({"512", "3072"})
  void theCoreIsReadByOthers(int mebibytes) throws Exception {
    Path file = directory.resolve("core");
    try (Fd fd = Memfd.guestRam("ram", mebibytes * MIB, Memfd.Pages.NORMAL)) {
      var unused = runAndKill(fd, mebibytes, "qemu64", "GUEST UP", "");
      long began = System.nanoTime();
      try (GuestRam ram = GuestRam.of(fd);
          OutputStream out = Files.newOutputStream(file)) {
        ElfCore core = ElfCore.of(ram, 2);
        core.write(out);
        System.out.printf(
            "core of %d MiB in %d ms%n", mebibytes, (System.nanoTime() - began) / 1_000_000);
        assertThat(Files.size(file)).isEqualTo(core.bytes());
      }
      String read = readelf(file);

      assertThat(read).contains("CORE (Core file)", "NT_PRSTATUS", "VMCOREINFO");
      assertThat(read).doesNotContainIgnoringCase("warning").doesNotContainIgnoringCase("error");
      assertThat(read.split("\n +LOAD ", -1)).hasSize(mebibytes < 2816 ? 2 : 3);
      assertThat(checksum(file, mebibytes * MIB)).isEqualTo(checksum(fd, mebibytes * MIB));
    }
  }

  /** Boots until it has said that, and is killed; what it said in all. */
  private List<String> runAndKill(Fd ram, int mebibytes, String cpu, String until, String arguments)
      throws Exception {
    Path boot = Checkout.imageRoot("guest").resolve("boot");
    for (String name : List.of("vmlinuz", "initrd.img")) {
      if (!Files.exists(directory.resolve(name))) {
        Files.copy(boot.resolve(name), directory.resolve(name));
      }
    }
    Path _ = Checkout.imageRoot("qemu-10.0.2");
    long self = ProcessHandle.current().pid();
    Process qemu =
        new ProcessBuilder(
                Checkout.file("dev/qemu/qemu").toString(),
                "10.0.2",
                "-machine",
                "pc-q35-10.0,memory-backend=ram,accel=tcg",
                "-cpu",
                cpu,
                "-smp",
                "2",
                "-m",
                String.valueOf(mebibytes),
                "-object",
                "memory-backend-file,id=ram,share=on,size=%dM,mem-path=/proc/%d/fd/%d"
                    .formatted(mebibytes, self, ram.number()),
                "-kernel",
                directory.resolve("vmlinuz").toString(),
                "-initrd",
                directory.resolve("initrd.img").toString(),
                "-append",
                "console=ttyS0 no_timer_check moult.verify_mb=16 " + arguments,
                "-nodefaults",
                "-display",
                "none",
                "-serial",
                "stdio")
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectError(Redirect.INHERIT)
            .start();
    List<String> said = new ArrayList<>();
    try (BufferedReader console = qemu.inputReader(StandardCharsets.UTF_8)) {
      for (String line = console.readLine(); line != null; line = console.readLine()) {
        said.add(line.replace("\r", ""));
        if (line.contains(until)) {
          break;
        }
      }
      assertThat(said).last().asString().contains(until);
    } finally {
      qemu.destroyForcibly();
      qemu.waitFor();
    }
    return said;
  }

  private static String readelf(Path core) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("readelf", "-h", "-l", "-n", core.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  /** Of the file's end: the RAM is the last thing in a core. */
  private static long checksum(Path core, long bytes) throws IOException {
    var sum = new CRC32C();
    try (var in = Files.newInputStream(core);
        var out = new CheckedOutputStream(OutputStream.nullOutputStream(), sum)) {
      in.skipNBytes(Files.size(core) - bytes);
      in.transferTo(out);
    }
    return sum.getValue();
  }

  private static long checksum(Fd ram, long bytes) throws IOException {
    var sum = new CRC32C();
    byte[] block = new byte[1 << 20];
    try (var in = Files.newInputStream(Path.of(ram.procPath()))) {
      for (long left = bytes; left > 0; ) {
        int count = in.read(block);
        sum.update(block, 0, count);
        left -= count;
      }
    }
    return sum.getValue();
  }
}
