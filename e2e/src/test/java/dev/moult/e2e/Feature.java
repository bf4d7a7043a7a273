package dev.moult.e2e;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that a machine has, and the command that shows it.
 *
 * @param name for people
 * @param command as it is typed
 * @param shows a pattern of what it must print, on one line
 * @param rule what must be true of its answers besides
 */
record Feature(String name, String command, String shows, Rule rule) {

  /** What must be true of one answer after the other. */
  enum Rule {
    /** Each is as it must be. */
    EACH,
    /** Each is what the first one was. */
    SAME,
    /** Numbers, none of which is less than the one before. */
    NEVER_LESS,
    /** One is as it must be: a connection that a live update ends is made again. */
    ONE
  }

  /** One of which each answer must be as that. */
  Feature(String name, String command, String shows) {
    this(name, command, shows, Rule.EACH);
  }

  /**
   * Whether this shows it.
   *
   * @param answer what was printed
   * @param before what was printed the last time; null for the first time
   */
  boolean isShownBy(String answer, @Nullable String before) {
    return answer.matches(shows)
        && switch (rule) {
          case EACH, ONE -> true;
          case SAME -> Objects.requireNonNullElse(before, answer).equals(answer);
          case NEVER_LESS ->
              before == null || Double.parseDouble(answer) >= Double.parseDouble(before);
        };
  }
}
