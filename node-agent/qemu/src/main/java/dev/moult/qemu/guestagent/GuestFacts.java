package dev.moult.qemu.guestagent;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a guest agent tells of its guest, bounded and cleaned by {@link GuestAnswers}; what changes
 * by itself from one look to the next is not in it. What the agent does not tell is null or empty.
 *
 * @param agentVersion the guest agent's own
 * @param os the operating system
 * @param hostname its host name
 * @param interfaces network interfaces but the loopback, by name
 * @param fileSystems what is mounted, by mount point
 */
public record GuestFacts(
    String agentVersion,
    @Nullable Os os,
    @Nullable String hostname,
    List<Interface> interfaces,
    List<FileSystem> fileSystems) {

  /** Copies the lists. */
  public GuestFacts {
    interfaces = List.copyOf(interfaces);
    fileSystems = List.copyOf(fileSystems);
  }

  /**
   * An operating system.
   *
   * @param id such as {@code debian}
   * @param name such as {@code Debian GNU/Linux}
   * @param prettyName such as {@code Debian GNU/Linux 13 (trixie)}
   * @param version such as {@code 13 (trixie)}
   * @param kernelRelease such as {@code 6.12.43-cloud-amd64}
   * @param machine such as {@code x86_64}
   */
  public record Os(
      @Nullable String id,
      @Nullable String name,
      @Nullable String prettyName,
      @Nullable String version,
      @Nullable String kernelRelease,
      @Nullable String machine) {}

  /**
   * A network interface.
   *
   * @param name in the guest
   * @param mac null if it has none
   * @param addresses IP addresses without prefix lengths, sorted
   */
  public record Interface(String name, @Nullable String mac, List<String> addresses) {
    /** Copies the list. */
    public Interface {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * A mounted file system.
   *
   * @param mountPoint in the guest
   * @param type such as {@code ext4}
   * @param totalBytes null if it was not told
   */
  public record FileSystem(String mountPoint, @Nullable String type, @Nullable Long totalBytes) {}
}
