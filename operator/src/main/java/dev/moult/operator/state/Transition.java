package dev.moult.operator.state;

/**
 * A listed change of state. A change that is not listed is a fault of the program.
 *
 * @param from the state before
 * @param to the state after
 * @param cause what is observed when it happens, in words for the documentation
 */
public record Transition<S extends Enum<S> & State>(S from, S to, String cause) {}
