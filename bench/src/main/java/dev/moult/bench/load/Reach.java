package dev.moult.bench.load;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The way to a guest's ports. */
public interface Reach {
  /** Longer than any answer takes; a guest that does not answer yet is asked again soon. */
  Duration TRY = Duration.ofMillis(250);

  /**
   * Connects.
   *
   * @param patience for the connection alone
   * @throws IOException if nobody listens, or nothing answers in time
   */
  Socket connect(int port, Duration patience) throws IOException, InterruptedException;

  /**
   * Waits until ssh says what it is.
   *
   * @throws IOException if it does not in time
   */
  default void awaitSsh(Duration patience) throws IOException, InterruptedException {
    await(
        22,
        patience,
        socket -> {
          var greeting = socket.getInputStream().readNBytes(4);
          return new String(greeting, StandardCharsets.US_ASCII).equals("SSH-");
        });
  }

  /** What is asked of a fresh connection. */
  interface Question {
    /** Whether it was answered. */
    boolean isAnswered(Socket socket) throws IOException;
  }

  /**
   * Connects again and again until the question is answered. Nothing tells when a guest's port
   * opens, so this has to ask.
   *
   * @throws IOException if it is not in time
   */
  default void await(int port, Duration patience, Question question)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try (var socket = connect(port, TRY)) {
        socket.setSoTimeout(5_000);
        if (question.isAnswered(socket)) {
          return;
        }
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new IOException("port " + port + " of the guest does not answer", e);
        }
      }
      Thread.sleep(20);
    }
  }
}
