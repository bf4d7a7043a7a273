package dev.moult.bench.load;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The host's end of a stream from a guest: counts what comes. */
public final class Stream implements AutoCloseable {
  /** A quarter of an hour. */
  private static final int MOST_BUCKETS = 18_000;

  private final Socket socket;
  private final Thread reader;
  private final long begin = now();
  private final long[] bytes = new long[MOST_BUCKETS]; // guarded by itself
  private @Nullable IOException failure; // guarded by bytes
  private volatile boolean closing;

  private Stream(Socket socket) {
    this.socket = socket;
    this.reader = Thread.ofPlatform().daemon().name("stream").unstarted(this::read);
  }

  static Stream of(Socket socket) {
    var stream = new Stream(socket);
    stream.reader.start();
    return stream;
  }

  /** Microseconds of the wall clock, the one that QEMU's events are stamped by. */
  public static long now() {
    var now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }

  /**
   * What came so far, in whole buckets.
   *
   * @throws IOException if the connection broke
   */
  public Buckets buckets() throws IOException {
    synchronized (bytes) {
      if (failure != null) {
        throw new IOException("the stream from the guest broke", failure);
      }
      return new Buckets(begin, Arrays.copyOf(bytes, index(now())));
    }
  }

  private void read() {
    var buffer = new byte[256 * 1024];
    try {
      var in = socket.getInputStream();
      while (!closing) {
        int got = in.read(buffer);
        synchronized (bytes) {
          if (got < 0) {
            failure = new IOException("the guest hung up");
            return;
          }
          bytes[index(now())] += got;
        }
      }
    } catch (SocketTimeoutException e) {
      fail(new IOException("nothing came for a minute", e));
    } catch (IOException e) {
      if (!closing) {
        fail(e);
      }
    }
  }

  private void fail(IOException e) {
    synchronized (bytes) {
      failure = e;
    }
  }

  private int index(long micros) {
    return Math.clamp((micros - begin) / Buckets.MICROS, 0, MOST_BUCKETS - 1);
  }

  @Override
  public void close() throws IOException {
    closing = true;
    socket.close();
  }
}
