package dev.moult.agent.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.api.v1alpha1.ApiNames;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an anchor pod says of its claims, as the operator made it.
 *
 * @param devices the volumes that are block devices
 * @param sizes bytes of the claims of disks, by the disks' names
 */
public record PodVolumes(Set<String> devices, Map<String, Long> sizes) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Copies both. */
  public PodVolumes {
    devices = Set.copyOf(devices);
    sizes = Map.copyOf(sizes);
  }

  /** Of a pod without any. */
  public static PodVolumes none() {
    return new PodVolumes(Set.of(), Map.of());
  }

  static PodVolumes of(Pod pod) {
    Set<String> devices = new HashSet<>();
    if (pod.getSpec() != null) {
      for (Container container : pod.getSpec().getContainers()) {
        List<VolumeDevice> all = container.getVolumeDevices();
        if (all != null) {
          all.forEach(device -> devices.add(device.getName()));
        }
      }
    }
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String sizes = annotations == null ? null : annotations.get(ApiNames.DISK_SIZES_ANNOTATION);
    return new PodVolumes(devices, sizes == null ? Map.of() : parse(sizes));
  }

  private static Map<String, Long> parse(String sizes) {
    try {
      return JSON.readValue(sizes, new TypeReference<Map<String, Long>>() {});
    } catch (JsonProcessingException e) {
      return Map.of(); // as if the operator had said nothing: a file that is missing stays so
    }
  }

  /** Whether that volume is a block device. */
  public boolean isDevice(String volume) {
    return devices.contains(volume);
  }

  /** Bytes of a disk's claim; 0 if they are not known. */
  public long size(String disk) {
    return Math.max(0, sizes.getOrDefault(disk, 0L));
  }
}
