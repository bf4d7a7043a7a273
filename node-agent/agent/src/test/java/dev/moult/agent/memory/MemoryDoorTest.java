package dev.moult.agent.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.linux.Fd;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.memory.MemoryReason;
import dev.moult.memory.StateFile;
import dev.moult.memory.StateRefused;
import dev.moult.memory.Step;
import dev.moult.wire.Answer;
import dev.moult.wire.Event;
import dev.moult.wire.MemoryReport;
import dev.moult.wire.MemoryTask;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MemoryDoorTest {
  private static final String ANCHOR = "anchor-1";
  private static final String VM = "vm-1";
  private final PlayedBroker broker = new PlayedBroker();
  private final MemoryDoor door = new MemoryDoor(broker, ANCHOR);

  @Test
  void tellsHowFarItIsAndWhatCameOfIt() throws Exception {
    assertThat(door.fill("/volumes/suspend", "web.ram", 4096, false)).isTrue();
    assertThat(door.outcome()).isEqualTo(new MemoryOutcome.UnderWay(0, 0));

    door.apply(progress(broker.work(), 100));
    assertThat(door.outcome()).isEqualTo(new MemoryOutcome.UnderWay(100, 4096));
    door.apply(new Event.MemoryFinished(ANCHOR, new MemoryReport.Finished("other", 1, 1)));
    assertThat(door.outcome()).as("of another work").isInstanceOf(MemoryOutcome.UnderWay.class);
    door.apply(new Event.MemoryFinished(ANCHOR, new MemoryReport.Finished(broker.work(), 4096, 7)));

    assertThat(door.outcome()).isEqualTo(new MemoryOutcome.Done(4096, 7));
    door.apply(failure(broker.work(), "NoSpace"));
    assertThat(door.outcome()).as("once").isEqualTo(new MemoryOutcome.Done(4096, 7));
  }

  @Test
  void isNotBegunBeforeTheContainerHasDialled() throws Exception {
    broker.refusal = RefusalReason.NOT_DIALLED;

    assertThat(door.setStep(Step.CONSUMED, "run-1")).isFalse();

    assertThat(door.outcome()).isNull();
    broker.refusal = RefusalReason.BAD_REQUEST;
    assertThatExceptionOfType(BrokerException.Refused.class)
        .isThrownBy(() -> door.setStep(Step.CONSUMED, "run-1"));
  }

  @Test
  void isInterruptedWhenContainerOrBrokerBeginAnew() throws Exception {
    door.release();
    door.apply(new Event.MemoryReady(ANCHOR, broker.work()));
    assertThat(door.outcome()).as("goes on").isInstanceOf(MemoryOutcome.UnderWay.class);
    assertThatIllegalStateException().isThrownBy(door::release);

    door.apply(new Event.MemoryReady(ANCHOR, null));
    assertThat(reason()).isEqualTo(MemoryReason.INTERRUPTED);

    door.release();
    door.brokerGone();
    assertThat(reason()).isEqualTo(MemoryReason.INTERRUPTED);

    door.release();
    door.apply(failure(broker.work(), "StateInUse"));
    assertThat(reason()).isEqualTo(MemoryReason.STATE_IN_USE);
    door.brokerGone();
    assertThat(reason()).as("it is over").isEqualTo(MemoryReason.STATE_IN_USE);
  }

  @Test
  void cancelsTheWorkUnderWayAlone() throws Exception {
    door.cancel();
    assertThat(broker.asked).isEmpty();
    door.release();
    String work = broker.work();

    door.cancel();

    assertThat(broker.asked.getLast())
        .isEqualTo(new Request.Memory(ANCHOR, work, new MemoryTask.Cancel()));
    assertThat(door.isStalled(Duration.ofMinutes(1))).isFalse();
    assertThat(door.isStalled(Duration.ZERO)).isTrue();
  }

  @Test
  void givesAStateThatIsWholeHereToo() throws Exception {
    assertThatIllegalStateException().isThrownBy(door::takeState);
    broker.writes = true;
    door.readState("/volumes/suspend", "web.state", false);
    door.apply(new Event.MemoryFinished(ANCHOR, new MemoryReport.Finished(broker.work(), 5000, 7)));

    try (Fd state = door.takeState()) {
      assertThat(StateFile.read(state).header().vmUid()).isEqualTo(VM);
    }

    assertThatIllegalStateException().isThrownBy(door::takeState);
    broker.writes = false;
    door.readState("/volumes/suspend", "web.state", false);
    door.apply(new Event.MemoryFinished(ANCHOR, new MemoryReport.Finished(broker.work(), 5000, 7)));
    assertThatExceptionOfType(StateRefused.class).isThrownBy(door::takeState);
  }

  private MemoryReason reason() {
    return ((MemoryOutcome.Failed) Objects.requireNonNull(door.outcome())).reason();
  }

  private static Event.MemoryProgress progress(String work, long done) {
    return new Event.MemoryProgress(ANCHOR, new MemoryReport.Progress(work, done, 4096));
  }

  private static Event.MemoryFailed failure(String work, String reason) {
    return new Event.MemoryFailed(ANCHOR, new MemoryReport.Failed(work, reason, 0, "it failed"));
  }

  /** Takes all requests, and can write what a container would. */
  private static final class PlayedBroker implements Broker {
    private final List<Request<?>> asked = new ArrayList<>();
    private @Nullable RefusalReason refusal;
    private boolean writes;

    String work() {
      return ((Request.Memory) asked.getLast()).work();
    }

    @Override
    public <A extends Answer> A ask(Request<A> request, List<Fd> attached, Duration timeout)
        throws BrokerException {
      if (refusal != null) {
        throw new BrokerException.Refused(refusal, "refused");
      }
      asked.add(request);
      if (writes) {
        try {
          FileControl.truncate(attached.getFirst(), 4096);
          FileIo.writeAt(attached.getFirst(), 4096, new byte[100]);
          StateFile.seal(attached.getFirst(), VM, "run-1", 1, new byte[3], "11.1.3", 4096, 4096);
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
      return request.answer().cast(new Answer.Done());
    }

    @Override
    public Fd askForDescriptor(Request<Answer.Descriptor> request, Duration timeout) {
      throw new UnsupportedOperationException();
    }
  }
}
