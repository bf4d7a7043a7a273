package dev.moult.qemu.testing;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.process.ProcessImage;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Becomes a program with descriptors at given numbers, as a launcher does: Java's own processes
 * inherit none. A test starts it as a process of its own.
 */
public final class Spawn {

  private Spawn() {}

  /** Dials the socket of its first argument; one packet holds numbers and argv, and descriptors. */
  public static void main(String[] arguments) throws Exception {
    Deadline soon = Deadline.inMillis(10_000);
    try (UnixSocket socket = UnixSocket.connect(UnixSocket.Type.SEQPACKET, arguments[0], soon);
        Received plan = socket.receive(64 * 1024, UnixSocket.MAX_DESCRIPTORS, soon)) {
      List<String> words =
          Arrays.asList(new String(plan.data(), StandardCharsets.UTF_8).split("\0", -1));
      String[] numbers = words.getFirst().split(" ", -1);
      Map<Integer, Fd> descriptors = new HashMap<>();
      for (int i = 0; i < numbers.length; i++) {
        descriptors.put(Integer.parseInt(numbers[i]), plan.descriptors().get(i));
      }
      List<String> argv = words.subList(1, words.size());
      new ProcessImage(argv.getFirst(), argv, System.getenv(), descriptors, Set.of()).become();
    }
  }
}
