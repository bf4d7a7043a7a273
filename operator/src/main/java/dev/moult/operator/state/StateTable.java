package dev.moult.operator.state;

import dev.moult.api.v1alpha1.HumanDuration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All listed transitions of one kind of object. Staying in a state needs no listing.
 *
 * @param title heading in the documentation
 * @param states the enum of states
 * @param transitions every change of state that may happen
 */
public record StateTable<S extends Enum<S> & State>(
    String title, Class<S> states, List<Transition<S>> transitions) {

  /** Whether an object may go from one state to the other (or stay). */
  public boolean allows(S from, S to) {
    return from == to || targets(from).contains(to);
  }

  /** The states that can follow this one. */
  public Set<S> targets(S from) {
    return transitions.stream()
        .filter(t -> t.from() == from)
        .map(Transition::to)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The table as Markdown with a Mermaid diagram, for {@code docs/state-machines.md}. */
  public String markdown() {
    var out = new StringBuilder("## " + title + "\n\n```mermaid\nstateDiagram-v2\n");
    transitions.stream()
        .map(t -> "    " + t.from().label() + " --> " + t.to().label() + "\n")
        .distinct()
        .forEach(out::append);
    Arrays.stream(states.getEnumConstants())
        .filter(State::terminal)
        .forEach(s -> out.append("    ").append(s.label()).append(" --> [*]\n"));
    out.append("```\n\n| state | deadline | transitions |\n| --- | --- | --- |\n");
    for (S state : states.getEnumConstants()) {
      out.append(row(state));
    }
    return out.toString();
  }

  private String row(S state) {
    var deadline =
        state.terminal() ? "terminal" : state.deadline().map(HumanDuration::format).orElse("none");
    var causes =
        transitions.stream()
            .filter(t -> t.from() == state)
            .map(t -> "→ " + t.to().label() + ": " + t.cause())
            .collect(Collectors.joining("<br>"));
    return "| " + state.label() + " | " + deadline + " | " + causes + " |\n";
  }
}
