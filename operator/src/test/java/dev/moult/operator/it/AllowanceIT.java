package dev.moult.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.Blocker;
import dev.moult.api.v1alpha1.VirtualMachinePhase;
import io.fabric8.kubernetes.api.model.LimitRangeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What keeps the VMM pod of an update out of its namespace is told before anybody asks for one. */
class AllowanceIT {
  @RegisterExtension static final OperatorExtension OPERATOR = new OperatorExtension();

  @Test
  void aQuotaThatFillsUpIsABlockerUntilThereIsRoom() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.quota(2);

    world.eventually(() -> assertThat(reason(world)).isEqualTo("QuotaExceeded"));
    assertThat(Objects.requireNonNull(blocker(world)).message())
        .contains("exceeded quota: pods", "used: pods=2", "limited: pods=2", "Raise the quota");
    world.assertPhase("web", VirtualMachinePhase.RUNNING);
    assertThat(world.condition("web", "Ready")).isEqualTo("TRUE AsSpecified");

    world.quotaStatus(3, 2);

    world.eventually(() -> assertThat(blocker(world)).isNull());
    assertThat(world.podNames()).containsExactly("web-anchor", "web-vmm-1");
  }

  @Test
  void aLimitRangeIsABlockerUntilItIsGone() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    var range =
        OPERATOR
            .client()
            .resource(
                new LimitRangeBuilder()
                    .withNewMetadata()
                    .withName("large")
                    .withNamespace(world.namespace)
                    .endMetadata()
                    .withNewSpec()
                    .addNewLimit()
                    .withType("Container")
                    .withMin(Map.of("cpu", new Quantity("1")))
                    .endLimit()
                    .endSpec()
                    .build())
            .create();

    world.eventually(() -> assertThat(reason(world)).isEqualTo("LimitRangeForbids"));
    assertThat(Objects.requireNonNull(blocker(world)).message())
        .contains("minimum cpu usage per Container is 1", "Change the LimitRange");

    OPERATOR.client().resource(range).delete();

    world.eventually(() -> assertThat(blocker(world)).isNull());
  }

  @Test
  void aQuotaThatAnUpdatePassesTinyIsNone() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");
    var before = dryRuns(world);

    world.quotaOf(
        Map.of("requests.cpu", new Quantity("600m")), Map.of("requests.cpu", new Quantity("501m")));

    world.eventually(() -> assertThat(dryRuns(world)).as("full, then tiny").isEqualTo(before + 2));
    assertThat(blocker(world)).isNull();
  }

  @Test
  void nobodyAsksWhatCannotHaveAnotherAnswer() {
    var world = OPERATOR.world();
    var before = dryRuns(world);
    world.vm("web");
    world.running("web");
    world.quotaOf(Map.of("pods", new Quantity("10")), Map.of("pods", new Quantity("2")));
    world.eventually(
        () -> assertThat(dryRuns(world)).as("once there is a limit").isEqualTo(before + 1));

    for (int used = 3; used < 10; used++) {
      world.quotaStatus(10, used);
    }
    world.quotaStatus(10, 10);

    world.eventually(() -> assertThat(reason(world)).isEqualTo("QuotaExceeded"));
    assertThat(dryRuns(world)).as("once for room, twice for none").isEqualTo(before + 3);
  }

  @Test
  void roomThatCameWhileTheOperatorWasAwayIsFound() {
    var world = OPERATOR.world();
    world.vm("web");
    world.running("web");

    world.quota(2);
    world.eventually(() -> assertThat(reason(world)).isEqualTo("QuotaExceeded"));
    OPERATOR.whileKilled(() -> world.quotaStatus(3, 2));

    world.eventually(() -> assertThat(blocker(world)).isNull());
  }

  private static @Nullable Blocker blocker(World world) {
    return Objects.requireNonNull(world.machine("web").getStatus()).podBlocker();
  }

  private static @Nullable String reason(World world) {
    var blocker = blocker(world);
    return blocker == null ? null : blocker.reason();
  }

  /** How many dry runs of pods of the namespace the operator has made. */
  private static long dryRuns(World world) {
    var told = "dry run of pod " + world.namespace + "/web-vmm-2: ";
    return OperatorProcess.log().lines().filter(line -> line.contains(told)).count();
  }
}
