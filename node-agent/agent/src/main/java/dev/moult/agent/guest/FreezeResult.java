package dev.moult.agent.guest;

import org.jspecify.annotations.Nullable;

/** What came of a talk with a guest agent about frozen file systems. */
public sealed interface FreezeResult {

  /**
   * They are frozen.
   *
   * @param count how many; null if that was not told
   */
  record Frozen(@Nullable Integer count) implements FreezeResult {}

  /** None is. */
  record Thawed() implements FreezeResult {}

  /**
   * The agent will not do it.
   *
   * @param why for people
   */
  record Refused(String why) implements FreezeResult {}

  /**
   * It is not known: the agent did not answer, or not as one does.
   *
   * @param why for people
   */
  record Unknown(String why) implements FreezeResult {}

  /** It is not known: the talk was cut short from our side. */
  record Cut() implements FreezeResult {}
}
