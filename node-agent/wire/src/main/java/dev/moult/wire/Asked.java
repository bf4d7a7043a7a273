package dev.moult.wire;

/**
 * A request on its way to the broker.
 *
 * @param id the asker's own number for it, which the answer repeats
 * @param request what is asked
 */
public record Asked(long id, Request<?> request) implements Message {
  @Override
  public int type() {
    return request.type();
  }

  @Override
  public void write(FieldWriter out) throws WireException {
    out.number(1, id);
    request.write(out);
  }
}
