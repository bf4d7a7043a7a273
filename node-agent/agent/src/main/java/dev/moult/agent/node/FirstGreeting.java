package dev.moult.agent.node;

import dev.moult.agent.broker.BrokerLink;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.PodStatus;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Passes everything on, and says once that the node's abilities are known. */
final class FirstGreeting implements BrokerLink.Listener {
  private final BrokerLink.Listener next;
  private final Runnable known;
  private final AtomicBoolean done = new AtomicBoolean();

  FirstGreeting(BrokerLink.Listener next, Runnable known) {
    this.next = next;
    this.known = known;
  }

  @Override
  public void said(Event event) {
    next.said(event);
  }

  @Override
  public void back(List<PodStatus> pods, Answer.Capabilities node) {
    next.back(pods, node);
    if (done.compareAndSet(false, true)) {
      known.run();
    }
  }

  @Override
  public void gone() {
    next.gone();
  }
}
