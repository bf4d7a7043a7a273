package dev.moult.agent.inventory;

import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.wire.Answer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What this node can do, as the broker found it, and what a guest with acceleration Auto gets. */
public final class NodeInventory {
  private final Acceleration auto;
  private volatile Answer.@Nullable Capabilities found;

  /**
   * Before the broker was asked.
   *
   * @param auto what the installation lets guests with acceleration Auto use
   */
  public NodeInventory(Acceleration auto) {
    this.auto = auto;
  }

  /** The broker has looked. */
  public void found(Answer.Capabilities capabilities) {
    found = capabilities;
  }

  /**
   * What the node can do.
   *
   * @throws IllegalStateException before the broker has looked
   */
  public Answer.Capabilities capabilities() {
    Answer.Capabilities known = found;
    if (known == null) {
      throw new IllegalStateException("the broker has not looked at the node yet");
    }
    return known;
  }

  /** Whether the broker has looked. */
  public boolean isKnown() {
    return found != null;
  }

  /** What a guest gets that asks for this. */
  public Acceleration resolve(Acceleration wished) {
    if (wished != Acceleration.AUTO) {
      return wished;
    }
    if (auto != Acceleration.AUTO) {
      return auto;
    }
    return capabilities().kvmRunsLinux() ? Acceleration.KVM : Acceleration.TCG;
  }

  /** One sentence for people. */
  public String sentence() {
    return isKnown() ? sentence(capabilities(), resolve(Acceleration.AUTO)) : "";
  }

  static String sentence(Answer.Capabilities node, Acceleration used) {
    List<String> parts = new ArrayList<>();
    String problem = node.kvmProblem();
    parts.add(
        node.kvmRunsLinux()
            ? "KVM: usable"
            : "KVM: not usable" + (problem == null ? "" : " (" + problem + ")"));
    parts.add((used == Acceleration.KVM ? "KVM" : "TCG") + " is used");
    if (node.vhostNet()) {
      parts.add("vhost-net");
    }
    if (node.iommufd()) {
      parts.add("iommufd");
    }
    if (!node.vfioDevices().isEmpty()) {
      parts.add(node.vfioDevices().size() + " VFIO devices");
    }
    for (Answer.HugePages pool : node.hugePages()) {
      if (pool.total() > 0) {
        parts.add(
            "%d huge pages of %d MiB, %d free"
                .formatted(pool.total(), pool.pageBytes() >> 20, pool.free()));
      }
    }
    return String.join("; ", parts) + ".";
  }
}
