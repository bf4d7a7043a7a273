package dev.moult.agent.guest;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.qemu.guestagent.GuestFacts;

/** What is known of the guest agent in a guest whose machine has a channel to one. */
public sealed interface GuestView {

  /** This agent has not looked yet: what an earlier one told stands. */
  record Unknown() implements GuestView {}

  /**
   * It does not answer.
   *
   * @param reason of the condition
   * @param message for people
   */
  record Away(Reason reason, String message) implements GuestView {}

  /** It answers, and tells this. */
  record Present(GuestFacts facts) implements GuestView {}

  /** Nothing in the guest has its end of the channel open. */
  static GuestView closed() {
    return new Away(Reason.GUEST_AGENT_AWAY, "No guest agent runs in the guest.");
  }
}
