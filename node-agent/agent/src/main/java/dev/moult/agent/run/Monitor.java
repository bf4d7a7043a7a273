package dev.moult.agent.run;

import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpEvent;
import dev.moult.qemu.qmp.QmpEvents;
import dev.moult.qemu.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/** The held connection to one QEMU's monitor. Its events are also passed on, in order. */
public final class Monitor implements AutoCloseable {

  /** How long a command may take: A's may hang while B is frozen. */
  private static final Duration COMMAND = Duration.ofSeconds(5);

  private static final Duration FOREVER = Duration.ofDays(365);

  private final String podUid;
  private final QmpClient client;

  private Monitor(String podUid, QmpClient client) {
    this.podUid = podUid;
    this.client = client;
  }

  /**
   * Connects and waits for the greeting. A QEMU that is not there yet is waited for: its socket
   * listens already, and ends with its process.
   *
   * @param greeting how long to wait for it
   */
  public static Monitor connect(String podUid, Path socket, Duration greeting)
      throws IOException, InterruptedException {
    var connection = dev.moult.qemu.qmp.QmpConnection.connect(socket, greeting);
    return new Monitor(podUid, new QmpClient(connection, COMMAND));
  }

  /** Over a connection that was made already. */
  public static Monitor over(String podUid, QmpClient client) {
    return new Monitor(podUid, client);
  }

  /** The pod it is in. */
  public String podUid() {
    return podUid;
  }

  /** For commands. */
  public QmpClient qmp() {
    return client;
  }

  /** Passes every event from the first on to the VM's thread, the end of the connection last. */
  public void passOn(Consumer<VmSignal> mailbox) {
    QmpEvents.Cursor cursor = client.events().fromStart();
    var unused =
        Thread.ofVirtual()
            .name("qmp-events-" + podUid)
            .start(() -> {
              try {
                QmpEvent event;
                do {
                  event = cursor.next(FOREVER);
                  mailbox.accept(new VmSignal.Monitored(podUid, event));
                } while (!event.isClosed());
              } catch (QmpException e) {
                mailbox.accept(new VmSignal.Wake());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  /** Whether the connection has ended. */
  public boolean closed() {
    return client.events().closed();
  }

  /** Hangs up; QEMU goes on. */
  @Override
  public void close() {
    client.close();
  }
}
