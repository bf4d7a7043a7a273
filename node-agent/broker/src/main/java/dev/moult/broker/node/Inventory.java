package dev.moult.broker.node;

import dev.moult.linux.LinuxException;
import dev.moult.linux.kvm.Kvm;
import dev.moult.linux.kvm.KvmSelfTest;
import dev.moult.wire.Answer.Capabilities;
import dev.moult.wire.Answer.HugePages;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks at what this node offers to guests. */
public final class Inventory {
  private static final Duration KVM_LIMIT = Duration.ofMillis(500);
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/hugepages");
  private static final String POOL = "hugepages-";
  private static final int PAGE_BYTES = 4096; // x86-64

  private KvmSelfTest.@Nullable Result kvm;

  /** What there is now; whether KVM runs guests is found out once. */
  public synchronized Capabilities look() throws IOException {
    KvmSelfTest.Result test = kvm;
    if (test == null) {
      try {
        test = KvmSelfTest.run(KVM_LIMIT);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while KVM was tried", e);
      }
      kvm = test;
    }
    KvmSelfTest.ModeResult linux = test.longMode();
    return new Capabilities(
        kvmApi(),
        test.canRunLinux(),
        test.canRunLinux() ? null : linux.verdict() + ": " + linux.detail(),
        Files.exists(Path.of("/dev/vhost-net")),
        names(Path.of("/dev/vfio/devices")),
        Files.exists(Path.of("/dev/iommu")),
        hugePages(),
        PAGE_BYTES,
        OomScore.memoryBytes(),
        Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
  }

  private static int kvmApi() {
    try (Kvm device = Kvm.open()) {
      return device.apiVersion();
    } catch (LinuxException e) {
      return 0;
    }
  }

  private static List<HugePages> hugePages() throws IOException {
    var pools = new ArrayList<HugePages>();
    for (String name : names(HUGE_PAGES)) {
      if (name.startsWith(POOL) && name.endsWith("kB")) {
        Path pool = HUGE_PAGES.resolve(name);
        pools.add(
            new HugePages(
                Long.parseLong(name.substring(POOL.length(), name.length() - 2)) * 1024,
                number(pool.resolve("nr_hugepages")),
                number(pool.resolve("free_hugepages"))));
      }
    }
    return pools;
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  private static List<String> names(Path directory) {
    String[] names = new File(directory.toString()).list();
    if (names == null) {
      return List.of();
    }
    Arrays.sort(names);
    return List.of(names);
  }
}
