package dev.moult.wire;

/**
 * The broker's word to a memory container, with the descriptors that the task needs: first the RAM.
 *
 * @param work the agent's name for it, given once, which every report repeats; of a {@link
 *     MemoryTask.Cancel} the work that shall end
 * @param task what is to be done
 */
public record MemoryOrder(String work, MemoryTask task) implements Message {
  static final int TYPE = 8;

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public void write(FieldWriter out) throws WireException {
    out.string(1, work).nested(2, task);
  }

  static MemoryOrder read(Fields in) throws WireException {
    return new MemoryOrder(in.uid(1), in.nested(2, MemoryTask::read));
  }
}
