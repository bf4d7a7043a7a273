package dev.moult.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.agent.journal.RunRecord.VmmRecord;
import dev.moult.agent.journal.UpdateRecord.End;
import dev.moult.agent.journal.UpdateRecord.Given;
import dev.moult.agent.journal.UpdateRecord.Obstacle;
import dev.moult.agent.journal.UpdateRecord.Step;
import dev.moult.agent.journal.UpdateRecord.UpdateResult;
import dev.moult.agent.run.Specs;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.qemu.machine.Firmware;
import dev.moult.qemu.machine.Machines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An agent finds the journal of another version: in the midst of an update, after an upgrade or
 * when that is taken back. {@code contract-N} has each file as it was written when the contract was
 * at N, and is never changed. See docs/architecture.md, "Versions that meet".
 */
class JournalContractTest {
  private static final Path SAMPLES = Path.of("src/test/resources/dev/moult/agent/journal");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String UPDATE = "44444444-5a3b-4a52-9d5e-0a4d2f9a7c11";
  private static final String RUN = "run.json";
  private static final Instant RESET = Instant.parse("2026-01-01T12:00:00Z");

  private static final VmmRecord A =
      new VmmRecord(Specs.VMM, "web-vmm-1", "10.0.2", List.of("qemu", "-S"), true);
  private static final VmmRecord B =
      new VmmRecord("33333333-5a3b-4a52-9d5e-0a4d2f9a7c11", "web-vmm-2", "", List.of(), false);
  private static final UpdateRecord BEGUN =
      UpdateRecord.begun(UPDATE, "web-7", "default", Specs.ANCHOR, A, B, 9_000_000_000L);
  private static final UpdateResult RESULT =
      new UpdateResult(
          End.COMMITTED,
          "Committed",
          "The guest runs.",
          1_700_000_000_000_000L,
          "10.0.2",
          "11.1.3",
          9412L,
          4711,
          4711,
          1,
          true,
          List.of(new Obstacle("KnownBadPair", "never works")),
          List.of(new Given("ram", "memfd", 1L << 29, List.of("SEAL", "GROW"), "Anchor")),
          List.of(new Step("GuestStopped", 1_700_000_000_000_000L)));

  private static final Storage STORAGE =
      new Storage(
          Firmware.UEFI,
          Machines.debian(Firmware.UEFI).disks(),
          List.of(
              new Storage.Parked(
                  30, "/volumes/scratch", "disk-root.qcow2", true, new Storage.Facts(64, 4711, 0)),
              new Storage.Parked(16, "/usr/share/OVMF", "OVMF_CODE_4M.fd", false, null)));

  private static final Storage KEPT =
      new Storage(
          Firmware.UEFI_SECURE,
          List.of(),
          List.of(
              new Storage.Parked(
                  17,
                  "/volumes/uefi-variables",
                  "web-uefi-variables-secure.fd",
                  true,
                  new Storage.Facts(64, 4711, 0))));

  /** What the files say; those that came later are not in the first contracts. */
  private static Map<String, Object> records() {
    var all = new LinkedHashMap<String, Object>();
    all.put(RUN, Specs.run(GuestState.RUNNING, true));
    all.put("run-disks.json", Specs.run(GuestState.RUNNING, true).withStorage(STORAGE));
    all.put("update.json", BEGUN.mayStop(8_000_000_000L).refusedCont());
    all.put("run-reset.json", Specs.run(GuestState.RUNNING, true).withResetServed(RESET));
    all.put(
        "run-firmware.json",
        Specs.run(GuestState.RUNNING, true)
            .withMachine(Machines.debian(Firmware.UEFI_SECURE))
            .withStorage(KEPT));
    all.put(
        "run-probes.json",
        Specs.run(GuestState.RUNNING, true)
            .withProbes(Specs.probes(List.of("test", "-e", "/run/ready"))));
    all.put(
        "run-freeze.json",
        Specs.run(GuestState.RUNNING, true)
            .withFreeze(
                FreezeRecord.asked(
                        RESET, Duration.ofMinutes(5), 1_700_000_000_000L, 1_700_000_120_000L)
                    .frozen(2, 1_700_000_001_000L)));
    all.put("update-sleeper.json", BEGUN.ofSleeper().mayStop(8_000_000_000L));
    all.put("update-ended.json", BEGUN.mayStop(8_000_000_000L).paused(9412L).ended(RESULT));
    all.put(
        "update-memory.json",
        BEGUN.verifyingMemory().mayStop(8_000_000_000L).ended(verified(-486_108_541)));
    return all;
  }

  private static UpdateResult verified(int crc32c) {
    return new UpdateResult(
        End.COMMITTED,
        "Transferred",
        "",
        1_700_000_000_000_000L,
        "10.0.2",
        "11.1.3",
        190_412L,
        4711,
        4711,
        0,
        true,
        List.of(),
        List.of(),
        List.of(new Step("MemoryVerified", 1_700_000_000_000_000L)),
        new UpdateRecord.Memory(crc32c, crc32c, 1L << 29, 180_000));
  }

  static Stream<Path> contracts() throws IOException {
    try (var directories = Files.list(SAMPLES)) {
      return directories
          .filter(each -> each.getFileName().toString().startsWith("contract-"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void readsWhatEveryVersionWrote(Path contract) throws Exception {
    for (var each : records().entrySet()) {
      if (!Files.exists(contract.resolve(each.getKey()))) {
        assertThat(contract).isNotEqualTo(newest());
        continue;
      }
      byte[] sample = Files.readAllBytes(contract.resolve(each.getKey()));

      assertThat(VmJournal.parse(sample, each.getValue().getClass())).isEqualTo(each.getValue());
    }
    for (Verdict verdict : List.of(Verdict.COMMIT, Verdict.ROLLBACK)) {
      byte[] sample = Files.readAllBytes(contract.resolve("verdict-" + verdict));

      assertThat(VmJournal.verdictIn(sample, UPDATE)).isEqualTo(verdict);
      assertThat(VmJournal.verdictIn(sample, Specs.VM_UID)).isEqualTo(Verdict.NONE);
    }
  }

  @Test
  void writesWhatTheNewestContractSays(@TempDir Path directory) throws Exception {
    var today = new LinkedHashMap<String, String>();
    for (var each : records().entrySet()) {
      today.put(each.getKey(), new String(VmJournal.text(each.getValue())));
    }
    for (Verdict verdict : List.of(Verdict.COMMIT, Verdict.ROLLBACK)) {
      VmJournal journal = new Journal(directory.resolve(verdict.name())).of(Specs.VM_UID);
      journal.begin(BEGUN);
      var unused = journal.decide(verdict, UPDATE);
      today.put("verdict-" + verdict, Files.readString(journal.directory().resolve("verdict")));
    }
    generate(today);

    Path newest = newest();
    for (var each : today.entrySet()) {
      assertThat(Files.readString(newest.resolve(each.getKey())))
          .as("keep %s, add the next by -Dmoult.contract=N", newest)
          .isEqualTo(each.getValue());
    }
  }

  private static Path newest() throws IOException {
    return contracts().reduce((older, newer) -> newer).orElseThrow();
  }

  private static void generate(Map<String, String> today) throws IOException {
    var named = System.getProperty("moult.contract");
    if (named != null) {
      Path next = SAMPLES.resolve("contract-" + named);
      assertThat(next).as("a contract is never changed").doesNotExist();
      Files.createDirectories(next);
      for (var each : today.entrySet()) {
        Files.writeString(next.resolve(each.getKey()), each.getValue());
      }
    }
  }

  @Test
  void fieldsOfANewerAgentAreReadOver() throws Exception {
    for (var each : records().entrySet()) {
      ObjectNode newer = tree(each.getValue());
      newer.put("later", 1);
      newer.withObject("/laterStill").put("a", "b");
      Stream.of("vmm", "guest", "from", "to", "result")
          .filter(newer::hasNonNull)
          .forEach(inside -> ((ObjectNode) newer.get(inside)).put("later", true));

      assertThat(VmJournal.parse(JSON.writeValueAsBytes(newer), each.getValue().getClass()))
          .isEqualTo(each.getValue());
    }
    String verdict = "COMMIT " + UPDATE + " later";
    assertThat(VmJournal.verdictIn(verdict.getBytes(), UPDATE)).isEqualTo(Verdict.COMMIT);
  }

  @Test
  void aFileWithoutAFormatIsOfTheFirst() throws Exception {
    ObjectNode first = tree(BEGUN);
    assertThat(first.remove("format").asInt()).isEqualTo(1);

    assertThat(VmJournal.parse(JSON.writeValueAsBytes(first), UpdateRecord.class)).isEqualTo(BEGUN);
  }

  @Test
  void hardwareThatIsNotKnownIsNotBuiltAgainWithoutIt() throws Exception {
    ObjectNode newer = tree(Specs.run(GuestState.RUNNING, true));
    newer.withObject("/machine").put("tpm", "crb");

    assertThatThrownBy(() -> VmJournal.parse(JSON.writeValueAsBytes(newer), RunRecord.class))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tpm");
  }

  @Test
  void anotherFormatIsRefusedInASentence(@TempDir Path directory) throws Exception {
    VmJournal journal = new Journal(directory).of(Specs.VM_UID);
    journal.save(Specs.run(GuestState.RUNNING, true));
    Path file = journal.directory().resolve(RUN);
    Files.writeString(file, Files.readString(file).replace("\"format\":1", "\"format\":4"));

    assertThatThrownBy(journal::run)
        .isInstanceOf(IOException.class)
        .hasMessage(
            "journal of %s: run.json: a newer agent wrote it (format 4, this one reads up to 3)"
                .formatted(Specs.VM_UID));
  }

  /** An agent that knows format 1 alone would let the guest run that its owner has paused. */
  @Test
  void anUpdateOfASleeperIsNotForAnOlderAgent() throws Exception {
    assertThat(tree(BEGUN.ofSleeper()).path("format").asInt()).isEqualTo(2);
    assertThat(tree(BEGUN).path("format").asInt()).isEqualTo(1);
    assertThat(tree(BEGUN).has("asleep")).isFalse();
  }

  private static ObjectNode tree(Object value) throws IOException {
    JsonNode tree = JSON.readTree(VmJournal.text(value));
    return (ObjectNode) tree;
  }
}
