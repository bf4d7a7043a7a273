package dev.moult.agent.node;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.broker.BrokerLink;
import dev.moult.linux.Fd;
import dev.moult.wire.Answer;
import dev.moult.wire.Request;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The broker for those that the broker's own listener is made of: there once {@link #connect}ed.
 */
final class LateLink implements Broker, AutoCloseable {
  private volatile @Nullable BrokerLink link;

  void connect(BrokerLink made) {
    link = made;
    made.start();
  }

  boolean isUp() {
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
