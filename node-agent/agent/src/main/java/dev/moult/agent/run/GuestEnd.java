package dev.moult.agent.run;

import dev.moult.agent.journal.GuestRecord;
import dev.moult.api.v1alpha1.GuestState;
import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.PeerText;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.qmp.QmpEvent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an event of the QEMU in charge says about its guest. */
final class GuestEnd {
  private GuestEnd() {}

  /** The guest after an event, of a machine that is not known. */
  static GuestRecord after(
      GuestRecord before, QmpEvent event, boolean powerdownSent, long nowMillis) {
    return after(before, event, null, powerdownSent, nowMillis);
  }

  /**
   * The guest after an event.
   *
   * @param machine its hardware, for the names of disks
   * @param powerdownSent we had pressed its power button
   */
  static GuestRecord after(
      GuestRecord before,
      QmpEvent event,
      @Nullable FrozenMachine machine,
      boolean powerdownSent,
      long nowMillis) {
    if (before.ended()) {
      return before; // its first word is its last: STOP follows SHUTDOWN
    }
    if (DiskTrouble.begins(event)) {
      return running(before) || DiskTrouble.isIn(before)
          ? DiskTrouble.guest(event, machine, nowMillis)
          : before;
    }
    if (DiskTrouble.isIn(before) && event.name().equals("RESUME")) {
      return before; // let go on: whether it runs shows in a moment
    }
    Optional<GuestRecord> watchdog = WatchdogNews.guest(event, nowMillis);
    if (watchdog.isPresent()) {
      return watchdog.get();
    }
    return switch (event.name()) {
      case "SHUTDOWN" -> shutdown(event.data().path("reason").asText(), powerdownSent, nowMillis);
      case "GUEST_PANICKED" ->
          new GuestRecord(
              GuestState.FAILED,
              Reason.GUEST_PANICKED.value(),
              "The guest's kernel panicked; its console has the trace.",
              nowMillis);
      case "STOP" -> running(before) ? state(GuestState.PAUSED, nowMillis) : before;
      case "RESUME" ->
          before.state() == GuestState.PAUSED || before.state() == GuestState.STARTING
              ? state(GuestState.RUNNING, nowMillis)
              : before;
      default -> before;
    };
  }

  private static boolean running(GuestRecord guest) {
    return guest.state() == GuestState.RUNNING;
  }

  private static GuestRecord state(GuestState state, long nowMillis) {
    return new GuestRecord(state, null, null, nowMillis);
  }

  private static GuestRecord shutdown(String cause, boolean powerdownSent, long nowMillis) {
    if (cause.equals("guest-panic")) {
      return new GuestRecord(
          GuestState.FAILED,
          Reason.GUEST_PANICKED.value(),
          "The guest's kernel panicked.",
          nowMillis);
    }
    if (cause.equals("guest-reset")) {
      return new GuestRecord(
          GuestState.STOPPED, Reason.GUEST_RESET.value(), "The guest reset itself.", nowMillis);
    }
    if (!cause.equals("guest-shutdown")) {
      return new GuestRecord(
          GuestState.FAILED,
          Reason.VMM_EXITED.value(),
          "QEMU ended the guest (" + PeerText.clean(cause) + ").",
          nowMillis);
    }
    return powerdownSent
        ? new GuestRecord(
            GuestState.STOPPED, Reason.POWERED_DOWN.value(), "The guest powered down.", nowMillis)
        : new GuestRecord(
            GuestState.STOPPED,
            Reason.GUEST_POWERED_OFF.value(),
            "The guest powered itself off.",
            nowMillis);
  }
}
