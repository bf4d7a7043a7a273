package dev.moult.agent.run;

import dev.moult.qemu.machine.CommandLine;
import dev.moult.qemu.qmp.QmpEvent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the VM's thread has heard of the channel to the guest agent, and not dealt with yet. */
final class GuestPort {
  private static final String CHANGE = "VSERPORT_CHANGE";
  private static final String RESET = "RESET";

  private @Nullable Boolean open;
  private boolean reset;
  private VmSignal.@Nullable GuestLooked looked;

  void heard(QmpEvent event) {
    if (event.is(CHANGE) && event.data().path("id").asText().equals(CommandLine.GUEST_AGENT_PORT)) {
      open = event.data().path("open").asBoolean(false);
    } else if (event.is(RESET)) {
      reset = true;
    }
  }

  void looked(VmSignal.GuestLooked result) {
    looked = result;
  }

  /** Whether the guest's end is open, if that was heard since it was last asked. */
  Optional<Boolean> take() {
    Optional<Boolean> heard = Optional.ofNullable(open);
    open = null;
    return heard;
  }

  /** Whether the guest was reset since that was last asked. */
  boolean takeReset() {
    boolean heard = reset;
    reset = false;
    return heard;
  }

  /** The result of a look that has not been taken; null if there is none. */
  VmSignal.@Nullable GuestLooked takeLooked() {
    VmSignal.GuestLooked result = looked;
    looked = null;
    return result;
  }
}
