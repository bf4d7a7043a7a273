package dev.moult.operator.pod;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The user's labels and annotations on the anchor. An annotation of ours records what was put
 * there, so that what the user takes away is taken away, and what others put there stays.
 *
 * @param labels by key
 * @param annotations by key
 */
public record UserMetadata(
    SortedMap<String, String> labels, SortedMap<String, String> annotations) {
  private static final TypeReference<UserMetadata> TYPE = new TypeReference<>() {};

  /** What the spec wishes. */
  public static UserMetadata of(VirtualMachine vm) {
    var wished = vm.getSpec().podMetadata();
    if (wished == null) {
      return new UserMetadata(new TreeMap<>(), new TreeMap<>());
    }
    var annotations = new TreeMap<>(wished.annotations());
    // Admission refuses it; an object may be older than that.
    annotations.remove(ApiNames.NETWORKS_ANNOTATION);
    return new UserMetadata(new TreeMap<>(wished.labels()), annotations);
  }

  /** As it stands in the anchor's annotation. */
  public String json() {
    return Serialization.asJson(this);
  }

  /**
   * A merge patch of the running anchor's metadata.
   *
   * @param labels wished ones; null removes
   * @param annotations wished ones; null removes
   */
  public record Change(
      Map<String, @Nullable String> labels, Map<String, @Nullable String> annotations) {}

  /** What must change on the running anchor; empty when it is as wished. */
  public static Optional<Change> change(VirtualMachine vm, Pod anchor) {
    var carried = anchor.getMetadata().getAnnotations();
    var last = carried == null ? null : carried.get(PodNames.USER_METADATA);
    var wished = of(vm);
    if (last == null || last.equals(wished.json())) {
      return Optional.empty();
    }
    var old = read(last);
    var annotations = merged(old.annotations(), wished.annotations());
    annotations.put(PodNames.USER_METADATA, wished.json());
    return Optional.of(new Change(merged(old.labels(), wished.labels()), annotations));
  }

  /** What somebody made unreadable is as if nothing had been put there. */
  private static UserMetadata read(String json) {
    try {
      return Serialization.unmarshal(json, TYPE);
    } catch (KubernetesClientException notOurs) {
      return new UserMetadata(new TreeMap<>(), new TreeMap<>());
    }
  }

  private static Map<String, @Nullable String> merged(
      Map<String, String> old, Map<String, String> wished) {
    var merged = new TreeMap<String, @Nullable String>(wished);
    old.keySet().stream().filter(key -> !wished.containsKey(key)).forEach(k -> merged.put(k, null));
    return merged;
  }
}
