package dev.moult.operator.state;

import java.time.Duration;
import java.util.Optional;

/** A state of an object's life. Implemented by enums whose constants are the states. */
public interface State {

  /** Name of the constant, in CamelCase as {@code status.phase} shows it. */
  String label();

  /** Whether the object's life ends here. */
  boolean terminal();

  /**
   * How long the object may stay here before {@code expired} is observed. Empty for a state that is
   * terminal, and for one that is the goal and may last for ever.
   */
  Optional<Duration> deadline();
}
