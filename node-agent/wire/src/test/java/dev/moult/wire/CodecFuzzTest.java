package dev.moult.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.List;

/** Packets of hostile launchers, and of an agent or broker that was taken over. */
class CodecFuzzTest {
  /** As long as a uid and a container id can be. */
  private static final String LONG = "f".repeat(64);

  @FuzzTest(maxDuration = "")
  void packet(byte[] packet) throws WireException {
    Message message;
    try {
      message = Codec.decode(ByteBuffer.wrap(packet));
    } catch (WireException refused) {
      return;
    }
    byte[] written;
    try {
      written = Codec.encode(message);
    } catch (WireException tooLarge) {
      // Written out in full it may be longer than what came: only a packet near the limit may be.
      assertThat(packet.length).isGreaterThan(Limits.MESSAGE_BYTES / 4);
      assertThat(message).isNotInstanceOfAny(Hello.class, Outcome.class);
      return;
    }
    Message again = Codec.decode(ByteBuffer.wrap(written));
    assertThat(again).isEqualTo(message);
    assertThat(Codec.encode(again)).isEqualTo(written);
    mustBePassedOn(message);
  }

  /** What a launcher says reaches the agent in an event, whatever it says. */
  private static void mustBePassedOn(Message message) throws WireException {
    Message event =
        switch (message) {
          case Hello hello -> new Event.Dialled(LONG, LONG, hello);
          case Outcome.Ok ok -> new Event.Launched(LONG, ok.facts());
          case Outcome.Failed failed ->
              new Event.LaunchFailed(
                  LONG, failed.reason(), failed.slot(), failed.errno(), failed.message());
          default -> null;
        };
    if (event != null) {
      assertThat(Codec.decode(ByteBuffer.wrap(Codec.encode(event)))).isEqualTo(event);
    }
    if (message instanceof Outcome.Ok ok) {
      Message seen = new Answered(1, new Answer.SlotsSeen(ok.facts(), List.copyOf(ok.facts())));
      assertThat(Codec.encode(seen)).hasSizeLessThan(Limits.MESSAGE_BYTES);
    }
  }
}
