package dev.moult.bench.bare;

import dev.moult.linux.Deadline;
import dev.moult.linux.LinuxException;
import dev.moult.linux.socket.Received;
import dev.moult.linux.socket.UnixSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The guest's serial console, by line: a socket whose other end every QEMU of the chain holds. */
final class BareConsole implements AutoCloseable {
  private final UnixSocket socket;
  private final List<String> lines = new ArrayList<>(); // guarded by itself
  private final Thread reader;
  private boolean ended; // guarded by lines

  BareConsole(UnixSocket socket) {
    this.socket = socket;
    this.reader = Thread.ofPlatform().daemon().name("bare-console").start(this::read);
  }

  /**
   * Waits for a line.
   *
   * @return the first line that fits, also one that was there before the call
   * @throws IOException if none came in time
   */
  String await(Duration patience, Predicate<String> wanted)
      throws IOException, InterruptedException {
    return await(0, patience, wanted);
  }

  /** As {@link #await}, but only a line that comes after this call. */
  String awaitNext(Duration patience, Predicate<String> wanted)
      throws IOException, InterruptedException {
    int from;
    synchronized (lines) {
      from = lines.size();
    }
    return await(from, patience, wanted);
  }

  /** All lines so far. */
  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  private String await(int from, Duration patience, Predicate<String> wanted)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    synchronized (lines) {
      int next = from;
      while (true) {
        for (; next < lines.size(); next++) {
          if (wanted.test(lines.get(next))) {
            return lines.get(next);
          }
        }
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (ended || left <= 0) {
          throw new IOException("no such line on the console; its last ones: " + last());
        }
        lines.wait(left);
      }
    }
  }

  /** The last of them. */
  List<String> tail() {
    synchronized (lines) {
      return List.copyOf(last());
    }
  }

  private List<String> last() {
    return lines.subList(Math.max(0, lines.size() - 10), lines.size());
  }

  private void read() {
    var line = new StringBuilder();
    try {
      while (true) {
        try (Received piece = socket.receive(4096, Deadline.never())) {
          if (piece.isEnd()) {
            return;
          }
          for (char c : new String(piece.data(), StandardCharsets.ISO_8859_1).toCharArray()) {
            if (c == '\n') {
              add(line.toString().strip());
              line.setLength(0);
            } else {
              line.append(c);
            }
          }
        }
      }
    } catch (LinuxException closed) {
      // the last QEMU has ended: await() tells
    } finally {
      synchronized (lines) {
        ended = true;
        lines.notifyAll();
      }
    }
  }

  private void add(String line) {
    synchronized (lines) {
      lines.add(line);
      lines.notifyAll();
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    socket.shutdown(UnixSocket.Half.BOTH);
    reader.join();
    socket.close();
  }
}
