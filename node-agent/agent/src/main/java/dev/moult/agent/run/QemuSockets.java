package dev.moult.agent.run;

import dev.moult.agent.journal.VmJournal;
import dev.moult.linux.Fd;
import dev.moult.qemu.machine.Extra;
import dev.moult.qemu.machine.FrozenMachine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets at which one QEMU will listen for the agent: its monitor, and the channel to the
 * guest agent of a machine that has one.
 */
public final class QemuSockets implements AutoCloseable {
  private final List<QemuListener> listeners = new ArrayList<>();

  private QemuSockets() {}

  /** Binds them for the QEMU of that pod. */
  public static QemuSockets bind(VmJournal journal, String podUid, FrozenMachine machine)
      throws IOException {
    var sockets = new QemuSockets();
    try {
      sockets.listeners.add(QemuListener.bind(journal.qmpSocket(podUid)));
      if (machine.has(Extra.GUEST_AGENT)) {
        sockets.listeners.add(QemuListener.bind(journal.guestAgentSocket(podUid)));
      }
      return sockets;
    } catch (IOException | RuntimeException e) {
      sockets.close();
      throw e;
    }
  }

  /** The descriptors, borrowed, in the order in which {@link Launch#vmm} counts them. */
  public List<Fd> descriptors() {
    return listeners.stream().map(QemuListener::fd).toList();
  }

  @Override
  public void close() {
    listeners.forEach(QemuListener::close);
  }
}
