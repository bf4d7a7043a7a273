package dev.moult.qemu.qtree;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One device of a tree.
 *
 * @param path parent device and bus, then the id, or type and place when it has no id: {@code
 *     main-system-bus/q35-pcihost/pcie.0/nic0}
 * @param type QEMU's type, such as {@code virtio-net-pci}
 * @param id the id of the command line, or empty
 * @param properties name to value as QEMU prints it, without the names of {@link Qtree#IGNORED}
 */
public record QtreeDevice(String path, String type, String id, Map<String, String> properties) {

  /** Copies the properties, in order. */
  public QtreeDevice {
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
  }
}
