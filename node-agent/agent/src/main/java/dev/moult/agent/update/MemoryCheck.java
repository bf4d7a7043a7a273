package dev.moult.agent.update;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.UpdateRecord;
import dev.moult.wire.Answer;
import dev.moult.wire.Limits;
import dev.moult.wire.Request;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the guest's memory twice while nobody may write to it: when the old QEMU is stopped, and
 * before the verdict. What the old QEMU still does between its STOP and its last byte (requests to
 * disks that come to their end) is no change.
 */
final class MemoryCheck {
  private final Broker broker;
  private final String anchorPodUid;
  private final Duration most;
  private Answer.@Nullable Digested before;
  private Answer.@Nullable Digested after;
  private boolean begun;

  /**
   * For one handoff.
   *
   * @param ramBytes size of the guest's memory
   */
  MemoryCheck(Broker broker, String anchorPodUid, long ramBytes) {
    this.broker = broker;
    this.anchorPodUid = anchorPodUid;
    this.most = Duration.ofMillis(Limits.digestMillis(ramBytes)).plus(Broker.ORDINARY);
  }

  /** For so much longer the guest may stand still; nothing before it has begun. */
  Duration more() {
    return begun ? most.multipliedBy(2) : Duration.ZERO;
  }

  /** Reads it for the first time, unless that was done. */
  void begin() throws BrokerException, InterruptedException {
    begun = true;
    if (before == null) {
      before = read();
    }
  }

  /** Reads it again; whether it is as it was. */
  boolean isUnchanged() throws BrokerException, InterruptedException {
    begin();
    if (after == null) {
      after = read();
    }
    return before != null && before.crc32c() == after.crc32c();
  }

  /** Whether both are there. */
  boolean isDone() {
    return after != null;
  }

  /** What is to be told; null if nothing was read. */
  UpdateRecord.@Nullable Memory result() {
    Answer.Digested first = before;
    Answer.Digested second = after;
    if (first == null) {
      return null;
    }
    return new UpdateRecord.Memory(
        first.crc32c(),
        second == null ? null : second.crc32c(),
        first.bytes(),
        first.micros() + (second == null ? 0 : second.micros()));
  }

  private Answer.Digested read() throws BrokerException, InterruptedException {
    return broker.ask(new Request.Digest(anchorPodUid), List.of(), most);
  }
}
