package dev.moult.qemu.qtree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A parsed {@code info qtree}: devices by path, in QEMU's order. */
public final class Qtree {

  /**
   * Not compared: where firmware or guest has put something ({@code bar}, {@code class} and {@code
   * addr} lines are no properties and not read): {@code MCFG} and {@code smb_io_base} are the
   * firmware's, {@code busnr} the guest's; B gets them with the load.
   */
  static final Set<String> IGNORED = Set.of("busnr", "MCFG", "smb_io_base");

  /** Most devices read; a machine with 32 slots full has about 120. */
  private static final int MAX_DEVICES = 4096;

  /** Deepest nesting of buses and devices; a virtio card behind a bridge has eight. */
  private static final int MAX_DEPTH = 32;

  /**
   * Longest name of a bus, type or device. QEMU's have under 100; each is part of the path of all
   * that hangs below it.
   */
  private static final int MAX_NAME = 256;

  private static final Pattern BUS = Pattern.compile("( *)bus: (.*)");
  private static final Pattern DEVICE = Pattern.compile("( *)dev: ([^,]+), id \"(.*)\"");
  private static final Pattern PROPERTY = Pattern.compile(" *([A-Za-z0-9_.\\[\\]-]+) = (.*)");

  private final Map<String, QtreeDevice> devices;

  private Qtree(Map<String, QtreeDevice> devices) {
    this.devices = Collections.unmodifiableMap(devices);
  }

  /** The devices by path. */
  public Map<String, QtreeDevice> devices() {
    return devices;
  }

  /** Whether the machine has any virtio device. */
  public boolean hasVirtio() {
    return devices.values().stream().anyMatch(device -> device.type().startsWith("virtio-"));
  }

  /**
   * Parses the monitor's text.
   *
   * @throws IllegalArgumentException when it holds no device, too many, too deep ones, or too long
   *     names
   */
  public static Qtree parse(String text) {
    var parser = new Parser();
    text.lines().forEach(parser::line);
    Map<String, QtreeDevice> devices = parser.finish();
    if (devices.isEmpty()) {
      throw new IllegalArgumentException("info qtree shows no device");
    }
    return new Qtree(devices);
  }

  /** A bus or device that lines of deeper indent belong to. */
  private record Node(int indent, String path, boolean device) {}

  private record Found(String path, String type, String id, Map<String, String> properties) {}

  private static final class Parser {
    private final Deque<Node> open = new ArrayDeque<>();
    private final Map<String, Integer> unnamed = new HashMap<>();
    private final List<Found> found = new ArrayList<>();

    void line(String line) {
      Matcher device = DEVICE.matcher(line);
      Matcher bus = BUS.matcher(line);
      Matcher property = PROPERTY.matcher(line);
      if (device.matches()) {
        device(device.group(1).length(), device.group(2), device.group(3));
      } else if (bus.matches()) {
        int indent = bus.group(1).length();
        push(indent, enter(indent), bus.group(2), false);
      } else if (property.matches()
          && !open.isEmpty()
          && open.getLast().device()
          && !IGNORED.contains(property.group(1))) {
        found.getLast().properties().put(property.group(1), property.group(2));
      }
    }

    private void device(int indent, String type, String id) {
      String parent = enter(indent);
      String name = id;
      if (id.isEmpty()) {
        if (type.length() > MAX_NAME) {
          throw new IllegalArgumentException("info qtree shows a type that is too long");
        }
        int place = unnamed.merge(parent + "/" + type, 1, Integer::sum);
        name = place == 1 ? type : type + "#" + place;
      }
      if (found.size() == MAX_DEVICES) {
        throw new IllegalArgumentException("info qtree shows too many devices");
      }
      push(indent, parent, name, true);
      found.add(new Found(open.getLast().path(), type, id, new LinkedHashMap<>()));
    }

    /** Closes what is not above that indent; the path of what is left innermost. */
    private String enter(int indent) {
      while (!open.isEmpty() && open.getLast().indent() >= indent) {
        open.removeLast();
      }
      return open.isEmpty() ? "" : open.getLast().path();
    }

    private void push(int indent, String parent, String name, boolean device) {
      if (name.length() > MAX_NAME) {
        throw new IllegalArgumentException("info qtree shows a name that is too long");
      }
      if (open.size() == MAX_DEPTH) {
        throw new IllegalArgumentException("info qtree nests too deep");
      }
      open.addLast(new Node(indent, parent.isEmpty() ? name : parent + "/" + name, device));
    }

    Map<String, QtreeDevice> finish() {
      Map<String, QtreeDevice> devices = new LinkedHashMap<>();
      for (Found seen : found) {
        devices.put(
            seen.path(), new QtreeDevice(seen.path(), seen.type(), seen.id(), seen.properties()));
      }
      return devices;
    }
  }
}
