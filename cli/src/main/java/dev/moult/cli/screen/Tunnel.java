package dev.moult.cli.screen;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.output.Printable;
import io.fabric8.kubernetes.client.PortForward;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.http.WebSocketHandshakeException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One connection to a port of an anchor pod: to the guest's screen, or its memory. */
public interface Tunnel extends AutoCloseable {
  /**
   * Why it did not come about, or ended, if that is known.
   *
   * @throws CommandFailure if the user may not forward a port into that pod
   */
  Optional<String> trouble();

  @Override
  void close();

  /** Makes them. */
  interface Maker {
    /**
     * Makes one; both channels are closed when it ends.
     *
     * @param to what is read here goes there
     * @param from what comes from there goes here
     */
    Tunnel open(ReadableByteChannel to, WritableByteChannel from);
  }

  /** Those to the screen in a pod, through the API server. */
  static Maker into(PodResource anchor) {
    return into(anchor, ApiNames.SCREEN_PORT);
  }

  /** Those to a port of a pod, through the API server. */
  static Maker into(PodResource anchor, int port) {
    return (to, from) -> new Forwarded(anchor.portForward(port, to, from));
  }

  /**
   * By the API server's port-forward.
   *
   * @param forward open or about to be
   */
  record Forwarded(PortForward forward) implements Tunnel {
    @Override
    public Optional<String> trouble() {
      return Stream.concat(
              forward.getServerThrowables().stream(), forward.getClientThrowables().stream())
          .map(Forwarded::words)
          .filter(words -> !words.isEmpty())
          .findFirst();
    }

    private static String words(Throwable trouble) {
      for (@Nullable Throwable each = trouble; each != null; each = each.getCause()) {
        if (each instanceof WebSocketHandshakeException refused
            && refused.getResponse().code() == HttpURLConnection.HTTP_FORBIDDEN) {
          throw new CommandFailure(
              "you may not forward a port into the anchor pod\n"
                  + "Ask for a Role with: apiGroups: [\"\"], resources: [\"pods/portforward\"],"
                  + " verbs: [\"get\", \"create\"]",
              trouble);
        }
      }
      String words = Printable.of(trouble.getMessage());
      return words.contains("refused") ? "nobody serves it there (yet)" : words;
    }

    @Override
    public void close() {
      try {
        forward.close();
      } catch (IOException e) {
        // It is of no use any more, whatever its end.
      }
    }
  }
}
