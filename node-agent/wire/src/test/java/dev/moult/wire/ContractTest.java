package dev.moult.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Launchers, agents and brokers of different versions meet: what any of them ever wrote stays
 * readable. {@code contract-N.txt} has every message as it was written when the contract was at N:
 * one line each, never changed. See docs/architecture.md, "Versions that meet".
 */
class ContractTest {
  private static final Path SAMPLES = Path.of("src/test/resources/dev/moult/wire");

  static Stream<Path> contracts() throws IOException {
    try (var files = Files.list(SAMPLES)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("contract-"))
          .sorted(Comparator.comparingInt(ContractTest::number))
          .toList()
          .stream();
    }
  }

  private static int number(Path contract) {
    return Integer.parseInt(contract.getFileName().toString().replaceAll("\\D", ""));
  }

  /** What each line says stands in {@link CodecTest#everyMessage}, which only grows at its end. */
  @ParameterizedTest
  @MethodSource("contracts")
  void readsWhatEveryVersionWrote(Path contract) throws Exception {
    List<Message> messages = CodecTest.everyMessage().toList();
    List<String> lines = Files.readAllLines(contract);

    assertThat(lines).hasSizeGreaterThan(30).hasSizeLessThanOrEqualTo(messages.size());
    for (int i = 0; i < lines.size(); i++) {
      assertThat(read(lines.get(i))).as("%s, line %d", contract, i + 1).isEqualTo(messages.get(i));
    }
  }

  @Test
  void writesWhatTheNewestContractSays() throws Exception {
    List<String> today = new ArrayList<>();
    for (Message message : CodecTest.everyMessage().toList()) {
      today.add(name(message) + " " + HexFormat.of().formatHex(Codec.encode(message)));
    }
    var named = System.getProperty("moult.contract");
    if (named != null) {
      Path next = SAMPLES.resolve("contract-" + named + ".txt");
      assertThat(next).as("a contract is never changed").doesNotExist();
      Files.createDirectories(SAMPLES);
      Files.write(next, today);
    }

    Path newest = contracts().reduce((older, newer) -> newer).orElseThrow();
    assertThat(Files.readAllLines(newest))
        .as("what is written has changed: keep %s, add the next by -Dmoult.contract=N", newest)
        .isEqualTo(today);
  }

  @Test
  void fieldsOfANewerVersionAreReadOver() throws Exception {
    byte[] later = field(999, new byte[] {1, 2, 3});
    for (Message message : CodecTest.everyMessage().toList()) {
      byte[] longer = joined(Codec.encode(message), later);

      assertThat(Codec.decode(ByteBuffer.wrap(longer))).isEqualTo(message);
    }
    byte[] operation = joined(field(1, text("Receive")), field(2, new byte[] {0, 0, 0, 12}), later);
    byte[] plan = joined(new byte[] {1, Plan.TYPE}, field(1, operation));
    assertThat(Codec.decode(ByteBuffer.wrap(plan)))
        .isEqualTo(new Plan(List.of(new Operation.Receive(12)), List.of(), List.of()));
  }

  @Test
  void messagesOfANewerVersionAreKnownByTheirKind() throws Exception {
    byte[] id = field(1, new byte[] {0, 0, 0, 0, 0, 0, 0, 7});

    assertThat(newer(60, id)).isEqualTo(new Asked(7, new Request.Unknown(60)));
    assertThat(newer(90, id)).isEqualTo(new Answered(7, new Answer.Unknown(90)));
    assertThat(newer(120, field(2, text("whatever")))).isEqualTo(new Untold(120));
  }

  @Test
  void aSourceOfANewerVersionKeepsItsName() throws Exception {
    var plan = new Plan(List.of(), List.of(), List.of());
    var asked =
        new Asked(1, new Request.SendPlan("a", "b", plan, List.of(new Source.Unknown("Vfio"))));

    assertThat(Codec.decode(ByteBuffer.wrap(Codec.encode(asked)))).isEqualTo(asked);
  }

  private static Message newer(int type, byte[] fields) throws WireException {
    return Codec.decode(ByteBuffer.wrap(joined(new byte[] {1, (byte) type}, fields)));
  }

  private static Message read(String line) throws WireException {
    String hex = line.substring(line.indexOf(' ') + 1);
    return Codec.decode(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
  }

  private static String name(Message message) {
    Object body =
        switch (message) {
          case Asked asked -> asked.request();
          case Answered answered -> answered.answer();
          default -> message;
        };
    return body.getClass().getSimpleName();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] field(int tag, byte[] value) {
    return ByteBuffer.allocate(6 + value.length)
        .putShort((short) tag)
        .putInt(value.length)
        .put(value)
        .array();
  }

  private static byte[] joined(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    var all = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }
}
