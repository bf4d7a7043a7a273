package dev.moult.qemu.machine;

/** Which side of a run a QEMU is started for. All start with {@code -S}: nothing runs unasked. */
public sealed interface Role {

  /** The first QEMU of a run: boots the guest at {@code cont}. */
  record Start() implements Role {}

  /**
   * B of a handoff: waits for A's cpr stream on a socket that it binds in the meeting place, then
   * for {@code migrate-incoming}.
   *
   * @param cprSocket the socket's name in the meeting place, such as {@code b-cpr.sock}
   */
  record Incoming(String cprSocket) implements Role {}

  /** Takes up a guest that was put aside: waits for {@code migrate-incoming} from a file. */
  record TakeUp() implements Role {}
}
