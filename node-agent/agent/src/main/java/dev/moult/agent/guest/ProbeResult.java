package dev.moult.agent.guest;

/** What a try of a probe has shown. */
public sealed interface ProbeResult {

  /** All is well. */
  record Good() implements ProbeResult {}

  /**
   * It is not.
   *
   * @param why for people
   */
  record Bad(String why) implements ProbeResult {}

  /** Nothing: it was cut short from our side. */
  record Cut() implements ProbeResult {}
}
