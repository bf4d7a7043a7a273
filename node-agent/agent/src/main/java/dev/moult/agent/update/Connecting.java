package dev.moult.agent.update;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.linux.Fd;
import dev.moult.wire.Request;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a socket that B has yet to bind, waited for beside the VM's thread, so that
 * whatever else happens to the VM ends the wait. Closing it closes a connection that nobody took.
 */
final class Connecting implements AutoCloseable {
  private @Nullable Fd connection;
  private @Nullable BrokerException refusal;
  private boolean abandoned;

  private Connecting() {}

  /**
   * Begins.
   *
   * @param most how long the broker waits for the socket
   * @param done called, from another thread, when there is an answer
   */
  static Connecting begin(
      Broker broker, String anchor, String socket, Duration most, Runnable done) {
    Connecting connecting = new Connecting();
    Request.ConnectCpr request =
        new Request.ConnectCpr(anchor, socket, Math.toIntExact(most.toMillis()));
    var unused =
        Thread.ofPlatform()
            .daemon()
            .name("connect-cpr")
            .start(() -> {
              try {
                connecting.got(broker.askForDescriptor(request, most.plusSeconds(2)));
              } catch (BrokerException e) {
                connecting.refused(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              done.run();
            });
    return connecting;
  }

  private synchronized void got(Fd fd) {
    if (abandoned) {
      fd.close();
    } else {
      connection = fd;
    }
  }

  private synchronized void refused(BrokerException e) {
    refusal = e;
  }

  /** Whether there is an answer. */
  synchronized boolean isDone() {
    return connection != null || refusal != null;
  }

  /**
   * The connection, now the caller's.
   *
   * @throws BrokerException when there is none
   */
  synchronized Fd take() throws BrokerException {
    if (refusal != null) {
      throw refusal;
    }
    Fd taken = connection;
    connection = null;
    if (taken == null) {
      throw new IllegalStateException("not connected yet, or taken already");
    }
    return taken;
  }

  @Override
  public synchronized void close() {
    abandoned = true;
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
