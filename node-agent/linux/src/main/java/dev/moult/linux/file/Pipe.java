package dev.moult.linux.file;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;

/**
 * A pipe; both ends belong to the holder.
 *
 * @param reader the end to read from
 * @param writer the end to write to
 */
public record Pipe(Fd reader, Fd writer) implements AutoCloseable {
  /** A new one, close-on-exec; {@link OpenFlag#NON_BLOCKING} is the only other flag allowed. */
  public static Pipe open(OpenFlag... flags) throws LinuxException {
    int[] ends = new int[2];
    try {
      IoNative.pipe2(ends, OpenFlag.bits(flags));
    } catch (LastErrorException e) {
      throw LinuxException.from("pipe2", e);
    }
    return new Pipe(Fd.adopt(ends[0]), Fd.adopt(ends[1]));
  }

  @Override
  public void close() {
    reader.close();
    writer.close();
  }
}
