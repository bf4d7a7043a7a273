package dev.moult.wire;

import java.util.List;

/**
 * What a launcher is to do before it becomes what it is for.
 *
 * @param operations carried out in this order
 * @param argv the program and its arguments; empty means to idle (an anchor)
 * @param env the program's environment, {@code NAME=value}
 */
public record Plan(List<Operation> operations, List<String> argv, List<String> env)
    implements Message {
  static final int TYPE = 2;

  /** Copies the lists. */
  public Plan {
    operations = List.copyOf(operations);
    argv = List.copyOf(argv);
    env = List.copyOf(env);
  }

  /** How many descriptors must come with this plan. */
  public int receives() {
    int count = 0;
    for (Operation operation : operations) {
      if (operation instanceof Operation.Receive) {
        count++;
      }
    }
    return count;
  }

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public void write(FieldWriter out) throws WireException {
    out.list(1, operations).strings(2, argv).strings(3, env);
  }

  static Plan read(Fields in) throws WireException {
    return new Plan(in.list(1, Operation::read), in.strings(2), in.strings(3));
  }
}
