package dev.moult.operator.update;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.operator.vm.Updates;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets the LiveUpdates of a virtual machine go one after another, the oldest first.
 *
 * <p>What the caches hold does not suffice: two that were created in one second are ordered by
 * their uids, so the later one may be first in order, and one of them has its turn before its
 * status says so. Who was let go is remembered here until it has ended.
 */
final class Turns {
  private static final Comparator<LiveUpdate> ORDER =
      Comparator.<LiveUpdate, String>comparing(u -> u.getMetadata().getCreationTimestamp())
          .thenComparing(Turns::uid);

  private final Function<ResourceID, List<LiveUpdate>> updates;

  /** The uid of the LiveUpdate that was let go last, by virtual machine. */
  private final Map<ResourceID, String> let = new ConcurrentHashMap<>();

  /** Turns among the LiveUpdates that are there of a virtual machine, as far as is known. */
  Turns(Function<ResourceID, List<LiveUpdate>> updates) {
    this.updates = updates;
  }

  /** Whether it is the turn of this LiveUpdate; if so, no other's comes before it has ended. */
  boolean take(LiveUpdate update) {
    var holder = let.compute(vm(update), (vm, before) -> next(update, before, updates.apply(vm)));
    return uid(update).equals(holder);
  }

  /** A LiveUpdate has ended. */
  void end(LiveUpdate update) {
    let.remove(vm(update), uid(update));
  }

  private static @Nullable String next(
      LiveUpdate update, @Nullable String holder, List<LiveUpdate> all) {
    var others =
        all.stream()
            .filter(other -> !uid(other).equals(uid(update)) && !Updates.ended(other))
            .toList();
    var underWay = others.stream().filter(Updates::underWay).findFirst();
    if (underWay.isPresent()) {
      return uid(underWay.get());
    }
    if (uid(update).equals(holder) || others.stream().anyMatch(o -> uid(o).equals(holder))) {
      return holder;
    }
    return others.stream().anyMatch(o -> ORDER.compare(o, update) < 0) ? null : uid(update);
  }

  private static ResourceID vm(LiveUpdate update) {
    return new ResourceID(update.getSpec().virtualMachine(), update.getMetadata().getNamespace());
  }

  private static String uid(LiveUpdate update) {
    return update.getMetadata().getUid();
  }
}
