package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Caches;
import dev.moult.operator.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One Unix uid per virtual machine, from a range, for as long as it exists: kernel quotas are per
 * uid, and one tenant's must not stop another's.
 */
@ApplicationScoped
public class UidAllocator {
  private final Caches caches;
  private final int first;
  private final int last;

  /** Uids given out whose status write the cache may not show yet, by the object's uid. */
  private final Map<String, Integer> given = new HashMap<>();

  /** Allocates from the range of the settings. */
  @Inject
  public UidAllocator(Caches caches, Settings settings) {
    this.caches = caches;
    var ends = settings.uidRange().split("-", 2);
    first = Integer.parseInt(ends[0].strip());
    last = Integer.parseInt(ends[ends.length - 1].strip());
    if (first < 1 || last < first) {
      throw new IllegalArgumentException(
          "moult.uid-range must be two positive numbers such as 100000-165535: "
              + settings.uidRange());
    }
  }

  /**
   * The virtual machine's uid: frozen in its status, or the first that is free.
   *
   * @throws IllegalStateException if the range is used up; widen it, or delete virtual machines
   */
  public int uidOf(VirtualMachine vm) {
    var frozen = VmStatuses.uid(vm.getStatus());
    return frozen != null ? frozen : allocate(vm.getMetadata().getUid());
  }

  private synchronized int allocate(String owner) {
    var mine = given.get(owner);
    if (mine != null) {
      return mine;
    }
    var known = caches.virtualMachines().toList();
    given
        .keySet()
        .retainAll(known.stream().map(vm -> vm.getMetadata().getUid()).collect(Collectors.toSet()));
    Set<Integer> used =
        Stream.concat(
                known.stream().map(vm -> VmStatuses.uid(vm.getStatus())).filter(Objects::nonNull),
                given.values().stream())
            .collect(Collectors.toSet());
    for (int uid = first; uid <= last; uid++) {
      if (!used.contains(uid)) {
        given.put(owner, uid);
        return uid;
      }
    }
    throw new IllegalStateException("no Unix uid is free in " + first + "-" + last);
  }
}
