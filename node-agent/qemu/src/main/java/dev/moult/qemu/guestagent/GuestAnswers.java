package dev.moult.qemu.guestagent;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.PeerText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads a guest agent's answers; whatever they hold, what comes out is small, clean and in order.
 * The bounds are those of the API's fields.
 */
final class GuestAnswers {
  static final int MOST_INTERFACES = 16;
  static final int MOST_ADDRESSES = 16;
  static final int MOST_FILE_SYSTEMS = 32;

  private static final int VERSION = 64;
  private static final int OS_TEXT = 128;
  private static final int HOST_NAME = 253;
  private static final int INTERFACE_NAME = 64;
  private static final int MOUNT_POINT = 256;
  private static final int FILE_SYSTEM_TYPE = 64;

  // Ethernet has 6 bytes, InfiniBand 20.
  private static final Pattern MAC = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5,19}");
  private static final Pattern ADDRESS = Pattern.compile("[0-9a-f:.]{2,45}");
  private static final Pattern LOOPBACK = Pattern.compile("127\\..*|::1");

  /** What a shell says of a command that a signal has ended, above the signal's number. */
  private static final int BY_SIGNAL = 128;

  private static final int SOMEHOW = 255;

  private GuestAnswers() {}

  /** {@code guest-exec}: the process. */
  static long process(JsonNode answer) throws GuestAgentException {
    JsonNode process = answer.path("pid");
    if (!process.isIntegralNumber() || !process.canConvertToLong()) {
      throw new GuestAgentException.Protocol("The guest agent names no process.");
    }
    return process.asLong();
  }

  /** {@code guest-exec-status}: the exit code, 0 to 255, as a shell says it; empty before. */
  static OptionalInt exitCode(JsonNode status) {
    if (!status.path("exited").asBoolean(false)) {
      return OptionalInt.empty();
    }
    int code = small(status.path("exitcode"));
    return OptionalInt.of(
        code >= 0
            ? code
            : Math.min(BY_SIGNAL + Math.max(small(status.path("signal")), 0), SOMEHOW));
  }

  /** A number from 0 to 255; what is none of these (in a Windows guest, say) is not 0. */
  private static int small(JsonNode number) {
    if (!number.isIntegralNumber()) {
      return -1;
    }
    return number.canConvertToInt() && number.asInt() >= 0 && number.asInt() <= SOMEHOW
        ? number.asInt()
        : SOMEHOW;
  }

  /** {@code guest-fsfreeze-freeze} and {@code -thaw}: how many file systems. */
  static int count(JsonNode answer) throws GuestAgentException {
    if (!answer.canConvertToInt() || !answer.isIntegralNumber() || answer.asInt() < 0) {
      throw new GuestAgentException.Protocol("The guest agent does not say how many it froze.");
    }
    return answer.asInt();
  }

  /** {@code guest-fsfreeze-status}. */
  static boolean frozen(JsonNode answer) throws GuestAgentException {
    return switch (answer.asText()) {
      case "frozen" -> true;
      case "thawed" -> false;
      default ->
          throw new GuestAgentException.Protocol("The guest agent does not say if it froze.");
    };
  }

  /** {@code guest-info}: the agent's version. */
  static String version(JsonNode info) {
    String version = text(info, "version", VERSION);
    return version == null ? "unknown" : version;
  }

  /** {@code guest-get-osinfo}; null if it says nothing. */
  static GuestFacts.@Nullable Os os(JsonNode info) {
    var os =
        new GuestFacts.Os(
            text(info, "id", OS_TEXT),
            text(info, "name", OS_TEXT),
            text(info, "pretty-name", OS_TEXT),
            text(info, "version", OS_TEXT),
            text(info, "kernel-release", OS_TEXT),
            text(info, "machine", OS_TEXT));
    return os.equals(new GuestFacts.Os(null, null, null, null, null, null)) ? null : os;
  }

  /** {@code guest-get-host-name}. */
  static @Nullable String hostname(JsonNode answer) {
    return text(answer, "host-name", HOST_NAME);
  }

  /** {@code guest-network-get-interfaces}. */
  static List<GuestFacts.Interface> interfaces(JsonNode answer) {
    List<GuestFacts.Interface> all = new ArrayList<>();
    for (JsonNode each : answer) {
      String name = text(each, "name", INTERFACE_NAME);
      List<String> addresses = addresses(each.path("ip-addresses"));
      boolean loopback =
          !addresses.isEmpty()
              && addresses.stream().allMatch(address -> LOOPBACK.matcher(address).matches());
      if (name != null && !loopback) {
        all.add(new GuestFacts.Interface(name, mac(each), addresses));
      }
    }
    return all.stream()
        .sorted(Comparator.comparing(GuestFacts.Interface::name))
        .limit(MOST_INTERFACES)
        .toList();
  }

  private static @Nullable String mac(JsonNode of) {
    String mac = of.path("hardware-address").asText("").toLowerCase(java.util.Locale.ROOT);
    return MAC.matcher(mac).matches() ? mac : null;
  }

  private static List<String> addresses(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(each -> each.path("ip-address").asText("").toLowerCase(java.util.Locale.ROOT))
        .filter(address -> ADDRESS.matcher(address).matches())
        .distinct()
        .sorted()
        .limit(MOST_ADDRESSES)
        .toList();
  }

  /** {@code guest-get-fsinfo}. */
  static List<GuestFacts.FileSystem> fileSystems(JsonNode answer) {
    List<GuestFacts.FileSystem> all = new ArrayList<>();
    for (JsonNode each : answer) {
      String mountPoint = text(each, "mountpoint", MOUNT_POINT);
      if (mountPoint != null) {
        all.add(
            new GuestFacts.FileSystem(
                mountPoint, text(each, "type", FILE_SYSTEM_TYPE), totalBytes(each)));
      }
    }
    return all.stream()
        .sorted(Comparator.comparing(GuestFacts.FileSystem::mountPoint))
        .distinct()
        .limit(MOST_FILE_SYSTEMS)
        .toList();
  }

  /** All of it, if the agent tells that: what is left to ordinary users shrinks when it is full. */
  private static @Nullable Long totalBytes(JsonNode of) {
    JsonNode all = of.path("total-bytes-privileged");
    JsonNode bytes = all.isMissingNode() ? of.path("total-bytes") : all;
    return bytes.canConvertToLong() && bytes.isIntegralNumber() && bytes.asLong() >= 0
        ? bytes.asLong()
        : null;
  }

  private static @Nullable String text(JsonNode of, String name, int most) {
    JsonNode value = of.path(name);
    String text = value.isTextual() ? PeerText.clean(value.asText(), most).strip() : "";
    return text.isEmpty() ? null : text;
  }
}
