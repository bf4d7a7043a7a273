package dev.moult.wire;

/**
 * An event of a newer broker, which this agent passes over: what an older agent must know is told
 * by events that it knows.
 *
 * @param type its packet's type byte
 */
public record Untold(int type) implements Message {
  @Override
  public void write(FieldWriter out) {
    // nothing is known of its fields
  }
}
