package dev.moult.agent.memory;

import dev.moult.memory.MemoryReason;

/** What has become of a work with memory. */
public sealed interface MemoryOutcome {

  /**
   * It goes on.
   *
   * @param done bytes that are dealt with
   * @param total bytes in all; 0 while that is not known
   */
  record UnderWay(long done, long total) implements MemoryOutcome {}

  /**
   * It is done.
   *
   * @param bytes that were saved, filled or read
   * @param micros how long it took
   */
  record Done(long bytes, long micros) implements MemoryOutcome {}

  /**
   * It failed. After {@link MemoryReason#INTERRUPTED} it may be asked for again.
   *
   * @param reason why
   * @param errno the system's error number; 0 if there is none
   * @param message a sentence for people
   */
  record Failed(MemoryReason reason, int errno, String message) implements MemoryOutcome {}
}
