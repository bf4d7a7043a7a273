package dev.moult.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.agent.guest.GuestView;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.qemu.guestagent.GuestFacts;
import dev.moult.qemu.machine.FrozenCpu;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A status that the API server refuses is not written at all: then nobody hears of that VM any
 * more. So what guest agent and QEMU tell stays within the CRD's own bounds.
 */
class StatusBoundsTest {
  private static final RunRecord RUN =
      Specs.run(GuestState.RUNNING, true).withMachine(Specs.machineWithGuestAgent());
  private static final CrdSchema SCHEMA = CrdSchema.read();
  private static final KubernetesSerialization JSON = new KubernetesSerialization();

  @Test
  void theMostThatAGuestAgentCanTellIsLetIn() {
    assertThat(refusals(new GuestView.Present(Specs.most()))).isEmpty();
  }

  @Test
  void soIsWhyItDoesNotAnswer() {
    var away = new GuestView.Away(Reason.GUEST_AGENT_SILENT, "x".repeat(10_000));

    assertThat(refusals(away)).isEmpty();
    assertThat(refusals(GuestView.closed())).isEmpty();
    assertThat(refusals(new GuestView.Unknown())).isEmpty();
  }

  /** A QEMU that has expanded the host's processor names them. */
  @Test
  void soAreMoreFeaturesThanAProcessorHas() {
    var flags = IntStream.range(0, 2_048).mapToObj("flag%d=on"::formatted).toList();
    var machine = Specs.machineWithGuestAgent().withCpu(new FrozenCpu("base", flags));

    assertThat(refusals(RUN.withMachine(machine), GuestView.closed())).isEmpty();
  }

  static Stream<Arguments> tooMuch() {
    GuestFacts most = Specs.most();
    var eth = new GuestFacts.Interface("eth", null, Collections.nCopies(17, "10.0.0.1"));
    return Stream.of(
        Arguments.of("agentVersion", with("v".repeat(65), most.interfaces(), most.fileSystems())),
        Arguments.of("interfaces", with("1", andOne(most.interfaces()), most.fileSystems())),
        Arguments.of("addresses", with("1", List.of(eth), List.of())),
        Arguments.of("filesystems", with("1", List.of(), andOne(most.fileSystems()))),
        Arguments.of("mountPoint", with("1", List.of(), mounted("m".repeat(257), 1L))),
        Arguments.of("mountPoint", with("1", List.of(), mounted("", 1L))),
        Arguments.of("totalBytes", with("1", List.of(), mounted("/", -1L))));
  }

  /** The CRD has these bounds, and a status that breaks one is told from others here. */
  @ParameterizedTest
  @MethodSource("tooMuch")
  void oneMore(String field, GuestFacts facts) {
    assertThat(refusals(new GuestView.Present(facts))).singleElement().asString().contains(field);
  }

  private static GuestFacts with(
      String version,
      List<GuestFacts.Interface> interfaces,
      List<GuestFacts.FileSystem> fileSystems) {
    return new GuestFacts(version, null, null, interfaces, fileSystems);
  }

  private static <T> List<T> andOne(List<T> all) {
    List<T> more = new ArrayList<>(all);
    more.add(all.getFirst());
    return more;
  }

  private static List<GuestFacts.FileSystem> mounted(String where, @Nullable Long bytes) {
    return List.of(new GuestFacts.FileSystem(where, "ext4", bytes));
  }

  private static List<String> refusals(GuestView view) {
    return refusals(RUN, view);
  }

  private static List<String> refusals(RunRecord run, GuestView view) {
    VirtualMachine vm = new VirtualMachine();
    vm.setStatus(VmReport.of(run, 1L, null, "a node", List.of(), view, null, Instant.EPOCH));
    JsonNode written = JSON.convertValue(vm, JsonNode.class);
    return SCHEMA.refusals(written.path("status"));
  }
}
