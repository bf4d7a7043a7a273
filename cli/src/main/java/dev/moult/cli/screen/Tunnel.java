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

/** One connection to the port of a guest's screen in its anchor pod. */
interface Tunnel extends AutoCloseable {
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
     * @param toScreen what is read here goes there
     * @param fromScreen what comes from there goes here
     */
    Tunnel open(ReadableByteChannel toScreen, WritableByteChannel fromScreen);
  }

  /** Those into a pod, through the API server. */
  static Maker into(PodResource anchor) {
    return (to, from) -> new Forwarded(anchor.portForward(ApiNames.SCREEN_PORT, to, from));
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
      return words.contains("refused") ? "nobody serves the screen there (yet)" : words;
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
