package dev.moult.agent.autopsy;

import dev.moult.linux.Deadline;
import dev.moult.linux.EventFd;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.Poll;
import dev.moult.linux.file.FileIo;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/** To somebody who may be slow, stand still or hang up: none of them keeps this thread. */
final class CallerStream extends OutputStream {
  /** Without any byte taken. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Fd caller;
  private final EventFd closing;
  private final BooleanSupplier allowed;

  /**
   * A stream.
   *
   * @param caller a socket that does not block, borrowed
   * @param closing signalled when the door closes, borrowed
   * @param allowed asked before each part: whether it may still be handed out
   */
  CallerStream(Fd caller, EventFd closing, BooleanSupplier allowed) {
    this.caller = caller;
    this.closing = closing;
    this.allowed = allowed;
  }

  @Override
  public void write(int single) throws IOException {
    write(new byte[] {(byte) single}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (!allowed.getAsBoolean()) {
      throw new IOException("it may not be handed out any more");
    }
    byte[] rest = offset == 0 ? bytes : Arrays.copyOfRange(bytes, offset, offset + length);
    int left = length;
    while (left > 0) {
      int taken = FileIo.writeSome(caller, rest, left);
      if (taken == 0) {
        awaitRoom();
      } else if (taken < left) {
        rest = Arrays.copyOfRange(rest, taken, left);
      }
      left -= taken;
    }
  }

  private void awaitRoom() throws LinuxException {
    Deadline deadline = Deadline.in(PATIENCE);
    int[] ready =
        Poll.await(
            List.of(Poll.Watch.writable(caller), Poll.Watch.readable(closing.fd())), deadline);
    if (ready[0] == 0 || ready[1] != 0) {
      throw LinuxException.timeout("write to who asked for a guest's memory");
    }
  }
}
