package dev.moult.operator.cluster;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.config.SteadyClock;
import dev.moult.operator.disk.Claim;
import dev.moult.operator.disk.Claims;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at the PersistentVolumeClaims of a virtual machine that is about to be started: a GET for
 * each. An informer would hold every claim of the cluster, most of which are no guest's, to answer
 * a question that is asked once per start.
 */
@ApplicationScoped
public class ClaimReader {
  /** From the look at a claim until the anchor that uses it is in the cache, and more. */
  private static final Duration PROMISED = Duration.ofSeconds(30);

  private final KubernetesClient client;
  private final Caches caches;
  private final Clock clock;

  /** Who is about to use a claim, whose anchor nobody sees yet; by namespace and claim. */
  private final Map<String, Promise> promises = new HashMap<>();

  private record Promise(String vmUid, String vm, Instant until) {}

  /** Reads by this client; who uses a claim is in the caches. */
  @Inject
  public ClaimReader(KubernetesClient client, Caches caches, Clock clock) {
    this.client = client;
    this.caches = caches;
    this.clock = new SteadyClock(clock);
  }

  /** The claims that its disks name. They are promised to it for a while, if nobody has them. */
  public Claims read(VirtualMachine vm) {
    var names = Claims.names(vm.getSpec()).toList();
    if (names.isEmpty()) {
      return Claims.NONE;
    }
    var known = new HashMap<String, Claim>();
    for (var name : names) {
      var claim =
          client
              .persistentVolumeClaims()
              .inNamespace(vm.getMetadata().getNamespace())
              .withName(name)
              .get();
      if (claim != null) {
        known.put(name, Claim.of(claim));
      }
    }
    return promised(vm, names, known);
  }

  /** One at a time: of two that are started at once the second finds the first's promise. */
  private synchronized Claims promised(
      VirtualMachine vm, List<String> names, Map<String, Claim> known) {
    var meta = vm.getMetadata();
    var now = clock.instant();
    promises.values().removeIf(promise -> now.isAfter(promise.until()));
    var users = new HashMap<>(caches.claimUsers(meta.getNamespace(), meta.getUid()));
    for (var name : names) {
      Optional.ofNullable(promises.get(key(vm, name)))
          .filter(promise -> !promise.vmUid().equals(meta.getUid()))
          .ifPresent(promise -> users.putIfAbsent(name, promise.vm()));
    }
    var claims = new Claims(known, users);
    if (claims.problem(vm.getSpec()).isEmpty()) {
      var mine = new Promise(meta.getUid(), meta.getName(), now.plus(PROMISED));
      names.forEach(name -> promises.put(key(vm, name), mine));
    }
    return claims;
  }

  private static String key(VirtualMachine vm, String claim) {
    return vm.getMetadata().getNamespace() + "/" + claim;
  }
}
