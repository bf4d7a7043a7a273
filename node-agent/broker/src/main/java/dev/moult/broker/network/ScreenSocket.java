package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.Fd;
import dev.moult.linux.socket.LoopbackListener;
import dev.moult.wire.RefusalReason;
import java.util.List;

/**
 * The socket at which a guest's screen is asked for: on the loopback of its anchor's network, so
 * that whoever may forward a port into that pod reaches it, and nobody else.
 */
public final class ScreenSocket {
  /** Of the ports below, some mean something to the node's own tools. */
  private static final int LOWEST_PORT = 1024;

  /** Callers that may wait: the agent takes them one by one. */
  private static final int BACKLOG = 4;

  /**
   * A network namespace begins with the node's own {@code route_localnet}, and kube-proxy may set
   * that: then the kernel would take what guest and neighbours send to 127.0.0.1.
   */
  static final String RULES =
      """
      add table ip moult_screen
      delete table ip moult_screen
      table ip moult_screen {
        chain input {
          type filter hook input priority filter; policy accept;
          iifname != "lo" ip daddr 127.0.0.0/8 drop
        }
      }
      """;

  private ScreenSocket() {}

  /** Makes it, behind its rule; the descriptor is the caller's. */
  public static Fd listen(PodProcess anchor, int port) throws Refusal {
    if (port < LOWEST_PORT) {
      throw new Refusal(RefusalReason.BAD_REQUEST, "no port for a screen: " + port);
    }
    return PodNamespace.call(
        anchor,
        () -> {
          Commands.run(List.of("nft", "-f", "-"), RULES);
          return LoopbackListener.bind(port, BACKLOG).release();
        });
  }
}
