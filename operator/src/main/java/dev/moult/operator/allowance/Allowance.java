package dev.moult.operator.allowance;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodImages;
import dev.moult.operator.pod.VmmPods;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the caches know of a namespace's limits. Whether a pod passes is for the API server alone to
 * say; this tells when its answer may be another one.
 *
 * @param quotas its ResourceQuotas
 * @param ranges its LimitRanges
 */
public record Allowance(List<ResourceQuota> quotas, List<LimitRange> ranges) {
  /** A namespace without limits. */
  public static final Allowance UNLIMITED = new Allowance(List.of(), List.of());

  /** A quota is in force once its status has what it limits. */
  public Allowance {
    quotas =
        quotas.stream()
            .filter(quota -> quota.getStatus() != null && quota.getStatus().getHard() != null)
            .filter(quota -> !quota.getStatus().getHard().isEmpty())
            .toList();
    ranges = List.copyOf(ranges);
  }

  /** Whether the namespace has no limits at all. */
  public boolean unlimited() {
    return quotas.isEmpty() && ranges.isEmpty();
  }

  /** What a dry run of the virtual machine's next VMM pod would be about. */
  public Question question(VirtualMachine vm, PodImages images) {
    var full = VmmPods.cpuRequest(vm);
    var facts =
        Stream.concat(
                quotas.stream().map(quota -> fact(quota, full)), ranges.stream().map(this::fact))
            .sorted()
            .toList();
    return new Question(vm.getMetadata().getGeneration(), images, facts);
  }

  private String fact(LimitRange range) {
    return "LimitRange " + range.getMetadata().getName() + " " + range.getSpec();
  }

  /** What others use up matters only where it makes or takes the room for this pod. */
  private static String fact(ResourceQuota quota, Quantity cpu) {
    var status = quota.getStatus();
    var rooms = new TreeMap<String, String>();
    status
        .getHard()
        .forEach((key, hard) -> {
          var left = left(hard, status.getUsed(), key);
          switch (key) {
            case "pods", "count/pods" -> rooms.put(key, fits(left, BigDecimal.ONE));
            case "cpu", "requests.cpu" ->
                rooms.put(key, fits(left, amount(cpu)) + fits(left, amount(VmmPods.TINY_CPU)));
            case "memory", "requests.memory" -> rooms.put(key, fits(left, amount(VmmPods.MEMORY)));
            default -> {
              if (countsPods(key)) {
                rooms.put(key, left.toPlainString());
              }
            }
          }
        });
    var spec = quota.getSpec();
    var scopes = spec == null ? "" : spec.getScopes() + " " + spec.getScopeSelector();
    return "ResourceQuota " + quota.getMetadata().getName() + " " + scopes + " " + rooms;
  }

  /** Resources that a pod may be given by a limit range or an admission webhook. */
  private static boolean countsPods(String key) {
    return key.equals("ephemeral-storage")
        || key.startsWith("limits.")
        || key.startsWith("hugepages-")
        || (key.startsWith("requests.") && !key.equals("requests.storage"));
  }

  private static String fits(BigDecimal left, BigDecimal wanted) {
    return left.compareTo(wanted) >= 0 ? "+" : "-";
  }

  private static BigDecimal left(
      Quantity hard, @Nullable Map<String, Quantity> used, String resource) {
    var given = used == null ? null : used.get(resource);
    return given == null ? amount(hard) : amount(hard).subtract(amount(given)).stripTrailingZeros();
  }

  private static BigDecimal amount(Quantity quantity) {
    return quantity.getNumericalAmount();
  }
}
