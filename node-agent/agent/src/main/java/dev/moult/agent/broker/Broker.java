package dev.moult.agent.broker;

import dev.moult.linux.Fd;
import dev.moult.wire.Answer;
import dev.moult.wire.Request;
import java.time.Duration;
import java.util.List;

/** The privileged half of the node agent, as the conductor asks it for things. */
public interface Broker {

  /** How long an ordinary request may take. */
  Duration ORDINARY = Duration.ofSeconds(10);

  /**
   * Asks and waits. While the broker is being restarted the request waits for it; one whose answer
   * was lost is asked again (every request may be repeated, except {@code SendPlan}).
   *
   * @param attached descriptors to send with it, borrowed
   * @param timeout for all of that
   * @throws BrokerException when it is refused, or not answered in time
   */
  <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout)
      throws BrokerException, InterruptedException;

  /** Asks without descriptors, with the ordinary timeout. */
  default <A extends Answer> A ask(Request<A> request)
      throws BrokerException, InterruptedException {
    return ask(request, List.of(), ORDINARY);
  }

  /**
   * Asks for one descriptor, which belongs to the caller.
   *
   * @throws BrokerException also when none came
   */
  Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout)
      throws BrokerException, InterruptedException;
}
