package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.e2e.cluster.TestNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Debian from a disk image: an overlay, a claim with a file system, cloud-init, a guest agent and
 * an address by DHCP. A program that cloud-init puts into it, {@code self_check.py}, writes to both
 * disks and answers.
 */
final class DebianGuest implements Guest {
  /** Each is a processor's load while it boots, and the development machine has two. */
  private static final int LANES = 2;

  @Override
  public String title() {
    return "Debian 13";
  }

  @Override
  public Predicate<Trial> cells() {
    return FaultTable.WORST;
  }

  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public Duration patience() {
    return Duration.ofMinutes(6);
  }

  @Override
  public String manifest(String name) throws IOException {
    return new String(resource("debian.yaml"), StandardCharsets.UTF_8)
        .replace("@NAME@", name)
        .replace("@PROGRAM@", Base64.getEncoder().encodeToString(resource("self_check.py")));
  }

  private static byte[] resource(String name) throws IOException {
    try (var in = DebianGuest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  @Override
  public List<String> complaints(VirtualMachine vm) {
    var guest = vm.getStatus().guest();
    boolean told = guest != null && guest.agentVersion() != null;
    return told && TestNamespace.isTrue(vm, "GuestAgentConnected")
        ? List.of()
        : List.of("its guest agent runs, and the VirtualMachine does not say so");
  }
}
