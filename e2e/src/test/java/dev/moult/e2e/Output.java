package dev.moult.e2e;

import dev.moult.e2e.cluster.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What a program prints, to wait for. */
final class Output {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final StringBuilder text = new StringBuilder();
  private int forgotten;
  private boolean ended;

  /** Reads it, from a thread of its own, to its end. */
  Output(InputStream stream) {
    Thread.ofPlatform().daemon().name("output").start(() -> read(stream));
  }

  private void read(InputStream stream) {
    var chars = new char[4096];
    try (var reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      for (int count; (count = reader.read(chars)) >= 0; ) {
        synchronized (this) {
          text.append(chars, 0, count);
          notifyAll();
        }
      }
    } catch (IOException gone) {
      // A terminal whose program has ended.
      end();
    }
    end();
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /**
   * Waits until it contains this.
   *
   * @throws AssertionError if it does not in time, or has ended
   */
  synchronized void await(String wanted) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (text.indexOf(wanted, forgotten) < 0) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (ended || left <= 0) {
        throw new AssertionError(
            "not printed: \"" + wanted + "\", but: " + Console.printable(text.toString()));
      }
      wait(left);
    }
  }

  /** What was printed so far counts no more in {@link #await}. */
  synchronized void forget() {
    forgotten = text.length();
  }

  /** All of it. */
  synchronized String all() {
    return text.toString();
  }
}
