package dev.moult.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.linux.Deadline;
import dev.moult.linux.EventFd;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.net.NetworkNamespace;
import dev.moult.linux.net.Tap;
import dev.moult.linux.process.PidFd;
import dev.moult.wire.Slots;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A guest with a kernel: a network namespace whose eth0 is another tap, joined to the anchor's as a
 * QEMU would join them.
 */
final class GuestKernel implements AutoCloseable {
  private static final int LARGEST_FRAME = 2048;

  private final Fd namespace;
  private final Fd tap;
  private final Tap card;
  private final EventFd stop = EventFd.create();
  private final Thread wire;

  GuestKernel(PidFd anchor) throws Exception {
    namespace = NetworkNamespace.create();
    tap = anchor.getFd(Slots.TAP);
    card =
        NetworkNamespace.call(
            namespace,
            () -> {
              Tap made = Tap.attach("eth0", true);
              TestPod.run("ip", "link", "set", "lo", "up");
              // Or the first that a client says may have no address to come from.
              Files.writeString(Path.of("/proc/sys/net/ipv6/conf/eth0/accept_dad"), "0");
              TestPod.run("ip", "link", "set", "eth0", "up");
              return made;
            });
    wire = Thread.ofPlatform().daemon().name("wire").start(this::carry);
  }

  Fd namespace() {
    return namespace;
  }

  /** What the guest writes to its card, past its kernel; with a virtio header. */
  void send(byte[] frame) throws LinuxException {
    FileIo.write(tap, frame);
  }

  /** Runs a command inside and answers what it prints. */
  String run(String... command) throws Exception {
    return output(namespace, command);
  }

  /** Runs a command in a network namespace and answers what it prints. */
  static String output(Fd namespace, String... command) throws Exception {
    return NetworkNamespace.call(
        namespace,
        () -> {
          Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
          var text =
              new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
          assertThat(process.waitFor()).as(text).isZero();
          return text;
        });
  }

  private void carry() {
    var ends =
        List.of(
            Poll.Watch.readable(stop.fd()),
            Poll.Watch.readable(tap),
            Poll.Watch.readable(card.fd()));
    try {
      for (; ; ) {
        int[] ready = Poll.await(ends, Deadline.never());
        if (ready[0] != 0) {
          return;
        }
        if (ready[1] != 0) {
          FileIo.write(card.fd(), FileIo.read(tap, LARGEST_FRAME));
        }
        if (ready[2] != 0) {
          FileIo.write(tap, FileIo.read(card.fd(), LARGEST_FRAME));
        }
      }
    } catch (LinuxException e) {
      System.out.println("the guest's wire broke: " + e);
    }
  }

  @Override
  public void close() throws Exception {
    stop.signal();
    wire.join();
    card.close();
    tap.close();
    namespace.close();
    stop.close();
  }
}
