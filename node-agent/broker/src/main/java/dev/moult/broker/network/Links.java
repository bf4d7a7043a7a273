package dev.moult.broker.network;

import dev.moult.broker.Refusal;
import dev.moult.broker.pod.PodProcess;
import dev.moult.linux.net.NetworkInterface;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The links of a VMM pod, which are not the guest's network and are of no use to QEMU. */
public final class Links {
  private static final Path TABLE = Path.of("/proc/thread-self/net/dev");
  private static final int HEADER_LINES = 2;
  private static final String LOOPBACK = "lo";

  private Links() {}

  /** Takes down all links of a pod but the loopback; answers which. */
  public static List<String> takeDown(PodProcess pod) throws Refusal {
    return PodNamespace.call(
        pod,
        () -> {
          var down = new ArrayList<String>();
          for (String name : names()) {
            if (!name.equals(LOOPBACK)) {
              NetworkInterface.setUp(name, false);
              down.add(name);
            }
          }
          return down;
        });
  }

  /** The links in the network namespace of the calling thread. */
  static List<String> names() throws IOException {
    List<String> lines = Files.readAllLines(TABLE);
    var names = new ArrayList<String>();
    for (String line : lines.subList(Math.min(HEADER_LINES, lines.size()), lines.size())) {
      names.add(line.substring(0, line.indexOf(':')).trim());
    }
    return names;
  }
}
