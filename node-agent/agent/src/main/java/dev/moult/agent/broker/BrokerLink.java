package dev.moult.agent.broker;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.wire.Answer;
import dev.moult.wire.BrokerClient;
import dev.moult.wire.BrokerListener;
import dev.moult.wire.Event;
import dev.moult.wire.PodStatus;
import dev.moult.wire.RefusedException;
import dev.moult.wire.Request;
import dev.moult.wire.WireException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The connection to the broker that comes back by itself. After each return the broker repeats what
 * is outstanding, and the listener is told which pods the broker knows, so that it can ask for the
 * rest again.
 */
public final class BrokerLink implements Broker, AutoCloseable {
  private static final Logger LOG = Logger.getLogger(BrokerLink.class);
  private static final long FIRST_RETRY_MILLIS = 20;
  private static final long LAST_RETRY_MILLIS = 1_000;

  private final Path socket;
  private final Listener listener;
  private final Thread thread;
  private @Nullable BrokerClient client; // guarded by this; null unless it has said what it knows
  private boolean stopped; // guarded by this

  /** Who is told what the broker says; called from the link's threads, must not block. */
  public interface Listener {
    /** The broker said something unasked. */
    void said(Event event);

    /** It is there (again), and knows these pods. */
    void back(List<PodStatus> pods, Answer.Capabilities node);

    /** It is gone. */
    void gone();
  }

  /** Over the broker's socket; nothing is dialled before {@link #start}. */
  public BrokerLink(Path socket, Listener listener) {
    this.socket = socket;
    this.listener = listener;
    thread = Thread.ofPlatform().daemon().name("broker-link").unstarted(this::keep);
  }

  /** Dials, and keeps dialling. */
  public void start() {
    thread.start();
  }

  /** Whether it is connected and has said what it knows. */
  public synchronized boolean isUp() {
    return client != null;
  }

  @Override
  public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout)
      throws BrokerException, InterruptedException {
    return persist(request, timeout, (now, left) -> now.ask(request, attached, left));
  }

  @Override
  public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout)
      throws BrokerException, InterruptedException {
    return persist(request, timeout, (now, left) -> now.askForDescriptor(request, left));
  }

  /** One exchange with a broker that is there. */
  private interface Exchange<T> {
    T with(BrokerClient client, Duration left) throws IOException;
  }

  private <T> T persist(Request<?> request, Duration timeout, Exchange<T> exchange)
      throws BrokerException, InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    boolean repeatable = !(request instanceof Request.SendPlan);
    while (true) {
      BrokerClient now = await(deadline);
      try {
        return exchange.with(now, Duration.ofNanos(deadline.remainingNanos()));
      } catch (RefusedException e) {
        throw new BrokerException.Refused(e.reason(), String.valueOf(e.getMessage()));
      } catch (WireException e) {
        // A broker of another version: asking again, or dialling again, would change nothing.
        throw new BrokerException.Lost(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (!repeatable || deadline.isPassed()) {
          throw new BrokerException.Lost(
              request.getClass().getSimpleName() + " was not answered: " + e.getMessage());
        }
        lost(now);
      }
    }
  }

  private synchronized BrokerClient await(Deadline deadline)
      throws BrokerException, InterruptedException {
    BrokerClient now = client;
    while (now == null) {
      long left = deadline.remainingNanos();
      if (left == 0 || stopped) {
        throw new BrokerException.Lost("the broker cannot be reached at " + socket);
      }
      wait(Math.max(1, left / 1_000_000));
      now = client;
    }
    return now;
  }

  /** Its thread dials again once it has hung up. */
  private void lost(BrokerClient which) {
    synchronized (this) {
      if (client == which) {
        client = null;
      }
    }
    which.close();
  }

  private void keep() {
    long retry = FIRST_RETRY_MILLIS;
    try {
      while (!isStopped()) {
        try {
          talk();
          retry = FIRST_RETRY_MILLIS;
        } catch (IOException e) {
          LOG.debugf("broker not there yet: %s", e.getMessage());
        }
        Thread.sleep(ThreadLocalRandom.current().nextLong(retry / 2, retry + 1));
        retry = Math.min(LAST_RETRY_MILLIS, retry * 2);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** From dialling to the end of the connection. */
  private void talk() throws IOException, InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    BrokerClient dialled =
        BrokerClient.connect(
            socket.toString(),
            new BrokerListener() {
              @Override
              public void event(Event event) {
                listener.said(event);
              }

              @Override
              public void closed(@Nullable IOException cause) {
                if (cause instanceof WireException) {
                  LOG.errorf(
                      "the broker is not understood: %s. Are both containers of one version?",
                      cause.getMessage());
                }
                over.countDown();
              }
            });
    try {
      greet(dialled);
      over.await();
    } finally {
      lost(dialled);
      if (!isStopped()) {
        LOG.warn("the broker went away; dialling again");
      }
      listener.gone();
    }
  }

  private void greet(BrokerClient dialled) throws IOException {
    Answer.Capabilities node = dialled.ask(new Request.Inventory(), ORDINARY);
    List<PodStatus> pods = dialled.ask(new Request.ListPods(), ORDINARY).pods();
    listener.back(pods, node);
    synchronized (this) {
      client = dialled;
      notifyAll();
    }
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  @Override
  public void close() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    thread.interrupt();
  }
}
