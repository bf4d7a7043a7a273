package dev.moult.launcher;

import dev.moult.memory.MemoryReason;
import dev.moult.memory.StateHold;
import dev.moult.memory.StateRefused;
import org.jspecify.annotations.Nullable;

/** The one state that a conversation has taken. Its lock ends with the conversation. */
final class StateShelf implements AutoCloseable {
  private @Nullable StateHold held;

  /** Puts a state here, which it adopts; the one before is let go. */
  synchronized void put(StateHold next) {
    close();
    held = next;
  }

  /** The state that was taken, borrowed. */
  synchronized StateHold held() throws StateRefused {
    StateHold now = held;
    if (now == null) {
      throw new StateRefused(
          MemoryReason.INTERRUPTED, "no state is held: it is to be read (again) first");
    }
    return now;
  }

  @Override
  public synchronized void close() {
    if (held != null) {
      held.close();
      held = null;
    }
  }
}
