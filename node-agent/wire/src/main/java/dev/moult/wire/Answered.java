package dev.moult.wire;

/**
 * An answer on its way to the agent.
 *
 * @param id the request's number
 * @param answer what became of it
 */
public record Answered(long id, Answer answer) implements Message {
  @Override
  public int type() {
    return answer.type();
  }

  @Override
  public void write(FieldWriter out) throws WireException {
    out.number(1, id);
    answer.write(out);
  }
}
