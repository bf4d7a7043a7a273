package dev.moult.qemu.testing;

import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The guest's serial line, seen from the other end of a socket pair. */
public final class Console {

  private final UnixSocket socket;
  private final StringBuilder text = new StringBuilder();
  private int read;

  /** The other end is the guest's; this one is read as it is waited for. */
  public Console(UnixSocket socket) {
    this.socket = socket;
  }

  /**
   * Waits until what came since the last wait holds the pattern; its first group, or all of it.
   *
   * @throws AssertionError with what came instead, when the time is over
   */
  public String await(String pattern, Duration timeout) throws Exception {
    Pattern wanted = Pattern.compile(pattern);
    Deadline deadline = Deadline.in(timeout);
    while (true) {
      Matcher matcher = wanted.matcher(text);
      if (matcher.find(read)) {
        read = matcher.end();
        return matcher.groupCount() == 0 ? matcher.group() : matcher.group(1);
      }
      try (Received more = socket.receive(64 * 1024, deadline)) {
        text.append(new String(more.data(), StandardCharsets.UTF_8));
      } catch (LinuxException e) {
        if (e.isTimeout()) {
          throw new AssertionError(
              "no \"" + pattern + "\" within " + timeout + ", but:\n" + text.substring(read), e);
        }
        throw e;
      }
    }
  }

  /** All that came until now. */
  public String text() throws Exception {
    while (true) {
      try (Received more = socket.receive(64 * 1024, Deadline.now())) {
        text.append(new String(more.data(), StandardCharsets.UTF_8));
      } catch (LinuxException e) {
        if (e.isTimeout()) {
          return text.toString();
        }
        throw e;
      }
    }
  }

  /** Types a line. */
  public void type(String line) throws Exception {
    socket.send((line + "\n").getBytes(StandardCharsets.UTF_8), Deadline.inMillis(1000));
  }
}
