package dev.moult.broker;

import dev.moult.broker.log.Log;
import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.wire.Answered;
import dev.moult.wire.Asked;
import dev.moult.wire.Event;
import dev.moult.wire.Incoming;
import dev.moult.wire.Message;
import dev.moult.wire.RefusalReason;
import dev.moult.wire.WireException;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * One agent's connection. Answers and events leave in the order in which they were made, by a
 * thread of their own: an agent that does not read holds up nobody but itself.
 */
final class AgentConnection {
  private static final long SEND_MILLIS = 5_000;
  private static final int MOST_UNSENT = 4_096;
  private static final int MOST_UNDER_WAY = 128;

  private final WireSocket socket;
  private final Requests requests;
  private final Turns turns;
  private final LinkedBlockingQueue<Parcel> unsent = new LinkedBlockingQueue<>(MOST_UNSENT);
  private final Semaphore free = new Semaphore(MOST_UNDER_WAY);
  private volatile boolean ended;

  /**
   * A message on its way out.
   *
   * @param message null ends the sending
   * @param descriptor goes with it, and is closed when it has gone
   */
  private record Parcel(@Nullable Message message, @Nullable Fd descriptor) {}

  AgentConnection(WireSocket socket, Requests requests, Turns turns) {
    this.socket = socket;
    this.requests = requests;
    this.turns = turns;
  }

  /** Tells the agent of something. */
  void event(Event event) {
    enqueue(new Parcel(event, null));
  }

  /** Reads requests until the agent is gone. */
  void serve() throws InterruptedException {
    Thread sender = Thread.ofPlatform().daemon().name("agent-sender").start(this::sendAll);
    try {
      Incoming incoming = socket.receive(Deadline.never());
      while (incoming != null) {
        accept(incoming);
        incoming = socket.receive(Deadline.never());
      }
    } catch (IOException e) {
      Log.warn("agent's connection failed", "error", String.valueOf(e.getMessage()));
    } finally {
      ended = true;
      socket.hangUp();
      unsent.clear();
      unsent.add(new Parcel(null, null));
      sender.join();
      socket.close();
    }
  }

  private void accept(Incoming incoming) throws WireException, InterruptedException {
    if (!(incoming.message() instanceof Asked asked)) {
      incoming.close();
      throw new WireException("the agent sent what is no request");
    }
    List<Fd> attached = incoming.takeDescriptors();
    free.acquire();
    turns.add(
        requests.turnOf(asked.request()),
        () -> {
          try {
            Requests.Reply reply = requests.carryOut(asked.request(), attached);
            enqueue(new Parcel(new Answered(asked.id(), reply.answer()), reply.descriptor()));
          } finally {
            Fd.closeAll(attached);
            free.release();
          }
        });
  }

  private void enqueue(Parcel parcel) {
    if (ended || !unsent.offer(parcel)) {
      drop(parcel);
      socket.hangUp();
    }
  }

  private static void drop(Parcel parcel) {
    if (parcel.descriptor != null) {
      parcel.descriptor.close();
    }
  }

  private void notSendable(Message message, WireException problem) throws IOException {
    Log.warn(
        "not sendable",
        "message",
        message.getClass().getSimpleName(),
        "why",
        String.valueOf(problem.getMessage()));
    if (message instanceof Answered answered) {
      var refusal = new Refusal(RefusalReason.FAILED, "the answer is too large").answer();
      socket.send(new Answered(answered.id(), refusal), Deadline.inMillis(SEND_MILLIS));
    }
  }

  private void sendAll() {
    try {
      while (true) {
        Parcel parcel = unsent.take();
        Message message = parcel.message;
        if (message == null) {
          return;
        }
        List<Fd> with = parcel.descriptor == null ? List.of() : List.of(parcel.descriptor);
        try {
          socket.send(message, with, Deadline.inMillis(SEND_MILLIS));
        } catch (WireException e) {
          // What one pod said must not end the connection that all others need.
          notSendable(message, e);
        } finally {
          drop(parcel);
        }
      }
    } catch (IOException e) {
      socket.hangUp();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
