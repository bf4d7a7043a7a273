package dev.moult.wire;

/** One packet. Which of them a peer may send is the receiver's to check. */
public sealed interface Message extends Encodable
    permits Hello, Plan, Outcome, MemoryOrder, MemoryReport, Asked, Answered, Event, Untold {
  /** The packet's type byte. */
  int type();
}
