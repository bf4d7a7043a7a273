package dev.moult.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.cli.cluster.CommandFailure;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class GateTest {
  private final BlockingQueue<PlayedTunnel> tunnels = new LinkedBlockingQueue<>();

  /** The far end is this test. */
  private record PlayedTunnel(ReadableByteChannel to, WritableByteChannel from) implements Tunnel {
    @Override
    public Optional<String> trouble() {
      return Optional.of("played");
    }

    @Override
    public void close() {}
  }

  private Tunnel open(ReadableByteChannel to, WritableByteChannel from) {
    var tunnel = new PlayedTunnel(to, from);
    tunnels.add(tunnel);
    return tunnel;
  }

  @Test
  void eachViewerHasATunnelAndComesAgainWhenTheScreenWent() throws Exception {
    try (var gate = Gate.open(0, this::open)) {
      try (var viewer = new Socket("127.0.0.1", gate.port())) {
        PlayedTunnel first = next();
        first.from().write(ByteBuffer.wrap("RFB".getBytes(StandardCharsets.US_ASCII)));
        assertThat(viewer.getInputStream().readNBytes(3)).isEqualTo(new byte[] {'R', 'F', 'B'});

        first.from().close();

        assertThat(viewer.getInputStream().read()).isNegative();
        assertThat(ended(gate).ended().join()).isEqualTo(Visit.Ending.SCREEN_WENT);
      }
      try (var again = new Socket("127.0.0.1", gate.port())) {
        PlayedTunnel second = next();
        again.getOutputStream().write('x');
        var byteOfIt = ByteBuffer.allocate(1);
        assertThat(second.to().read(byteOfIt)).isOne();
        assertThat(byteOfIt.get(0)).isEqualTo((byte) 'x');

        again.shutdownOutput();

        assertThat(second.to().read(byteOfIt.clear())).isNegative();
        assertThat(ended(gate).ended().join()).isEqualTo(Visit.Ending.VIEWER_LEFT);
      }
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    try (var gate = Gate.open(0, this::open)) {
      assertThatThrownBy(() -> Gate.open(gate.port(), this::open))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("port " + gate.port());
    }
  }

  @Test
  void aScreenThatSaysNothingIsNotWaitedForWithoutEnd() {
    assertThatThrownBy(() -> ScreenshotCommand.picture(this::open, Duration.ofMillis(50)))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("no picture of the screen: played");
  }

  @Test
  void whatBreaksTheProtocolIsTold() {
    assertThatThrownBy(() ->
            ScreenshotCommand.picture(
                (to, from) -> {
                  try {
                    from.write(ByteBuffer.wrap("SSH-2.0-Open".getBytes(StandardCharsets.US_ASCII)));
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                  return open(to, from);
                },
                Duration.ofSeconds(10)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("breaks the protocol: it speaks SSH-2.0-Open");
  }

  private PlayedTunnel next() throws InterruptedException {
    return Objects.requireNonNull(tunnels.poll(10, TimeUnit.SECONDS));
  }

  private static Visit ended(Gate gate) throws InterruptedException {
    return Objects.requireNonNull(gate.ended().poll(10, TimeUnit.SECONDS));
  }
}
