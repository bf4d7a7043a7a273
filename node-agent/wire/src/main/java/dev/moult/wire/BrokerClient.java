package dev.moult.wire;

import dev.moult.linux.Deadline;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The agent's end of the connection to the broker: requests from any thread, answered by their
 * number; events to one listener. Connecting again after {@link BrokerListener#closed} is the
 * caller's: the broker then repeats what is outstanding.
 */
public final class BrokerClient implements AutoCloseable {
  private static final Duration SEND = Duration.ofSeconds(5);

  private final WireSocket socket;
  private final BrokerListener listener;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<Incoming>> waiting = new ConcurrentHashMap<>();
  private final LinkedBlockingQueue<Runnable> deliveries = new LinkedBlockingQueue<>();
  private volatile boolean ended;

  private BrokerClient(WireSocket socket, BrokerListener listener) {
    this.socket = socket;
    this.listener = listener;
  }

  /**
   * Connects and starts to listen.
   *
   * @param path the broker's socket
   * @throws LinuxException ENOENT or ECONNREFUSED while no broker is there
   */
  public static BrokerClient connect(String path, BrokerListener listener) throws LinuxException {
    return over(WireSocket.connect(path, Deadline.in(SEND)), listener);
  }

  /** Speaks over a connection that is there, which it adopts. */
  public static BrokerClient over(WireSocket socket, BrokerListener listener) {
    var client = new BrokerClient(socket, listener);
    Thread.ofPlatform().daemon().name("broker-events").start(client::deliver);
    Thread.ofPlatform().daemon().name("broker-reader").start(client::read);
    return client;
  }

  /**
   * Asks and waits for the answer.
   *
   * @throws RefusedException when the broker refused
   * @throws LinuxException ETIMEDOUT when no answer came in time: what became of the request is
   *     then unknown; EPIPE when the connection has ended
   */
  public <A extends Answer> A ask(Request<A> request, Duration timeout) throws IOException {
    return ask(request, List.of(), timeout);
  }

  /** As {@link #ask(Request, Duration)}, with descriptors (borrowed) attached. */
  public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout)
      throws IOException {
    try (Incoming answer = exchange(request, attached, timeout)) {
      return expected(request, answer);
    }
  }

  /**
   * Asks for a descriptor, which then belongs to the caller.
   *
   * @throws RefusedException when the broker refused
   * @throws IOException as {@link #ask(Request, Duration)}
   */
  public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout)
      throws IOException {
    try (Incoming answer = exchange(request, List.of(), timeout)) {
      expected(request, answer);
      if (answer.descriptors().size() != 1) {
        throw new WireException("the broker's answer lacks its descriptor");
      }
      return answer.takeDescriptors().get(0);
    }
  }

  private Incoming exchange(Request<?> request, List<Fd> attached, Duration timeout)
      throws IOException {
    long id = ids.incrementAndGet();
    var future = new CompletableFuture<Incoming>();
    waiting.put(id, future);
    try {
      if (ended) {
        throw gone();
      }
      socket.send(new Asked(id, request), attached, Deadline.in(SEND));
      return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw gone();
    } catch (TimeoutException e) {
      abandon(future);
      throw LinuxException.timeout(request.getClass().getSimpleName());
    } catch (InterruptedException e) {
      abandon(future);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the broker", e);
    } finally {
      waiting.remove(id);
    }
  }

  /** An answer that comes although nobody waits any more: its descriptors must not stay open. */
  private static void abandon(CompletableFuture<Incoming> future) {
    if (!future.cancel(false) && !future.isCompletedExceptionally()) {
      future.join().close();
    }
  }

  private static LinuxException gone() {
    return LinuxException.of("broker", Errno.EPIPE, "the connection has ended");
  }

  private static <A extends Answer> A expected(Request<A> request, Incoming incoming)
      throws IOException {
    Answer answer = ((Answered) incoming.message()).answer();
    if (answer instanceof Answer.Refused refused) {
      throw new RefusedException(refused);
    }
    if (!request.answer().isInstance(answer)) {
      throw new WireException(
          "the broker answered "
              + request.getClass().getSimpleName()
              + " with what this agent does not expect ("
              + answer
              + "): they are of different versions");
    }
    return request.answer().cast(answer);
  }

  private void read() {
    IOException cause = null;
    try {
      Incoming incoming = socket.receive(Deadline.never());
      while (incoming != null) {
        dispatch(incoming);
        incoming = socket.receive(Deadline.never());
      }
    } catch (IOException e) {
      cause = e;
    }
    end(cause);
  }

  private void dispatch(Incoming incoming) throws WireException {
    switch (incoming.message()) {
      case Answered answered -> {
        CompletableFuture<Incoming> future = waiting.remove(answered.id());
        if (future == null || !future.complete(incoming)) {
          incoming.close(); // nobody waits any more
        }
      }
      case Event event -> {
        incoming.close();
        deliveries.add(() -> listener.event(event));
      }
      case Untold newer -> incoming.close();
      default -> {
        incoming.close();
        throw new WireException("the broker sent what only others send");
      }
    }
  }

  private void end(@Nullable IOException cause) {
    ended = true;
    List<CompletableFuture<Incoming>> left = new ArrayList<>(waiting.values());
    for (CompletableFuture<Incoming> future : left) {
      future.completeExceptionally(gone());
    }
    deliveries.add(() -> {
      socket.close();
      listener.closed(cause);
    });
    deliveries.add(() -> Thread.currentThread().interrupt());
  }

  private void deliver() {
    try {
      while (true) {
        deliveries.take().run();
      }
    } catch (InterruptedException e) {
      // The connection has ended, and its last delivery was made.
    }
  }

  /** Hangs up; {@link BrokerListener#closed} follows. */
  @Override
  public void close() {
    socket.hangUp();
  }
}
