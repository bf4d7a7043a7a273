package dev.moult.wire;

/**
 * A launcher's first message.
 *
 * @param role what the launcher is to become
 * @param launcherVersion version of the launcher's image, for the log and the agent
 * @param probe what the launcher found out about its image's QEMU
 */
public record Hello(Role role, String launcherVersion, Probe probe) implements Message {
  static final int TYPE = 1;

  @Override
  public int type() {
    return TYPE;
  }

  @Override
  public void write(FieldWriter out) throws WireException {
    out.integer(1, role.code()).string(2, launcherVersion).nested(3, probe);
  }

  static Hello read(Fields in) throws WireException {
    return new Hello(Role.of(in.integer(1)), in.word(2), in.nested(3, Probe::read));
  }
}
