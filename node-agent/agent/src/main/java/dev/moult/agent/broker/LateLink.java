package dev.moult.agent.broker;

import dev.moult.linux.Fd;
import dev.moult.wire.Answer;
import dev.moult.wire.Request;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The broker for those that the broker's own listener is made of: there once {@link #connect}ed.
 */
public final class LateLink implements Broker, AutoCloseable {
  private volatile @Nullable BrokerLink link;

  /** Starts that link, and asks it from now on. */
  public void connect(BrokerLink made) {
    link = made;
    made.start();
  }

  /** Whether the broker is there. */
  public boolean isUp() {
    BrokerLink now = link;
    return now != null && now.isUp();
  }

  @Override
  public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout)
      throws BrokerException, InterruptedException {
    return connected().ask(request, attached, timeout);
  }

  @Override
  public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout)
      throws BrokerException, InterruptedException {
    return connected().askForDescriptor(request, timeout);
  }

  private BrokerLink connected() throws BrokerException {
    BrokerLink now = link;
    if (now == null) {
      throw new BrokerException.Lost("the broker was not dialled yet");
    }
    return now;
  }

  @Override
  public void close() {
    BrokerLink now = link;
    if (now != null) {
      now.close();
    }
  }
}
