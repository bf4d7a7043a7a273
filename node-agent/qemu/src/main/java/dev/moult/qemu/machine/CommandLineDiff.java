package dev.moult.qemu.machine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Compares the command lines of A and B as data: what each option says, without the numbers of
 * descriptors, without where an image keeps its files, and without what only says which side it is.
 */
public final class CommandLineDiff {

  /** What the guest sees nothing of: which side it is, and who else sees its screen. */
  private static final Set<String> NOT_HARDWARE = Set.of("-S", "-incoming", CommandLine.SCREEN);

  private static final Set<String> WITHOUT_VALUE =
      Set.of("-no-user-config", "-nodefaults", "-no-shutdown", "-S");
  private static final Set<String> FILE_OPTIONS = Set.of("-kernel", "-initrd", "-bios");
  private static final Set<String> FILE_KEYS = Set.of("filename", "mem-path", "romfile");
  private static final Pattern FD_PATH = Pattern.compile("/proc/self/fd/\\d+");

  private CommandLineDiff() {}

  /** All differences; see {@link #compare(List, List, Set)}. */
  public static List<Difference> compare(List<String> a, List<String> b) {
    return compare(a, b, Set.of());
  }

  /**
   * All differences, empty when both build the same machine.
   *
   * @param a argv of the running QEMU, with its binary
   * @param b argv of the new one, with its binary
   * @param ignored options that are compared otherwise, such as {@code -cpu}
   */
  public static List<Difference> compare(List<String> a, List<String> b, Set<String> ignored) {
    Map<String, String> left = options(a, ignored);
    Map<String, String> right = options(b, ignored);
    List<Difference> differences = new ArrayList<>();
    left.forEach((key, value) -> {
      String other = right.getOrDefault(key, Difference.ABSENT);
      if (!value.equals(other)) {
        differences.add(new Difference(key, value, other));
      }
    });
    right.forEach((key, value) -> {
      if (!left.containsKey(key)) {
        differences.add(new Difference(key, Difference.ABSENT, value));
      }
    });
    return List.copyOf(differences);
  }

  /** Option and id (or place among its kind) to its canonical value. */
  private static Map<String, String> options(List<String> argv, Set<String> ignored) {
    Map<String, String> options = new LinkedHashMap<>();
    Map<String, Integer> seen = new LinkedHashMap<>();
    for (int i = 1; i < argv.size(); i++) {
      String option = argv.get(i);
      boolean hasValue = i + 1 < argv.size() && !WITHOUT_VALUE.contains(option);
      String value = hasValue ? argv.get(++i) : "";
      if (NOT_HARDWARE.contains(option) || ignored.contains(option)) {
        continue;
      }
      int place = seen.merge(option, 1, Integer::sum);
      String id = property(value, "id");
      String key = option + (!id.isEmpty() ? " " + id : place > 1 ? " #" + place : "");
      options.put(key, canonical(option, value));
    }
    return options;
  }

  private static String property(String value, String name) {
    for (String part : split(value)) {
      if (part.startsWith(name + "=")) {
        return part.substring(name.length() + 1);
      }
    }
    return "";
  }

  private static String canonical(String option, String value) {
    if (FILE_OPTIONS.contains(option)) {
      return "(file)";
    }
    if (option.equals("-append")) {
      return value;
    }
    List<String> parts = new ArrayList<>();
    for (String part : split(value)) {
      parts.add(canonicalPart(part));
    }
    return String.join(",", parts);
  }

  private static String canonicalPart(String part) {
    int equals = part.indexOf('=');
    String key = equals < 0 ? "" : part.substring(0, equals);
    String value = part.substring(equals + 1);
    if (key.equals("fd") || FD_PATH.matcher(value).matches()) {
      return key + "=(fd)";
    }
    if (key.equals("fds")) {
      return key + "=" + value.replaceAll("\\d+", "(fd)"); // how many there are is hardware
    }
    // An empty romfile says "none", which is hardware; a path says where an image keeps it.
    return FILE_KEYS.contains(key) && !value.isEmpty() && !value.startsWith("/dev/fdset/")
        ? key + "=(file)"
        : part;
  }

  /** Splits at single commas; a doubled one belongs to its value. */
  private static List<String> split(String value) {
    List<String> parts = new ArrayList<>();
    var part = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c != ',') {
        part.append(c);
      } else if (i + 1 < value.length() && value.charAt(i + 1) == ',') {
        part.append(",,");
        i++;
      } else {
        parts.add(part.toString());
        part.setLength(0);
      }
    }
    parts.add(part.toString());
    return parts;
  }
}
