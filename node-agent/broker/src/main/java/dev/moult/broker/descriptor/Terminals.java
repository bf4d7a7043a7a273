package dev.moult.broker.descriptor;

import dev.moult.broker.log.Log;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Tty;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The terminals of guests in a handoff: both QEMUs hold the same open file, so that a hostile one
 * could leave the other without a console. One VM's terminal may take long: no other waits for it.
 */
public final class Terminals {
  private final Map<String, Held> held = new ConcurrentHashMap<>();

  private record Held(Fd terminal, Tty.State state) {}

  /** Notes the state of an anchor's terminal, unless that was done already. Adopts it. */
  public void begin(String anchorPodUid, Fd terminal) {
    if (held.containsKey(anchorPodUid)) {
      terminal.close();
      return;
    }
    try {
      held.put(anchorPodUid, new Held(terminal, Tty.state(terminal)));
    } catch (LinuxException e) {
      terminal.close();
      Log.warn("terminal not held", "anchor", anchorPodUid, "error", e.toString());
    }
  }

  /** Puts the state back. */
  public void end(String anchorPodUid) {
    Held was = held.remove(anchorPodUid);
    if (was == null) {
      return;
    }
    try (Fd terminal = was.terminal) {
      Tty.restore(terminal, was.state);
    } catch (LinuxException e) {
      Log.warn("terminal not restored", "anchor", anchorPodUid, "error", e.toString());
    }
  }
}
