package dev.moult.agent.rehearsal;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.socket.UnixListener;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.Answer;
import dev.moult.wire.Answered;
import dev.moult.wire.Asked;
import dev.moult.wire.Event;
import dev.moult.wire.Hello;
import dev.moult.wire.Incoming;
import dev.moult.wire.Probe;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.Slots;
import dev.moult.wire.WireException;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Answers as a broker over a real connection; its pods are {@link PlayedQemu}s and nothing else.
 */
final class PlayedBroker implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final Path meetingPlace;
  private final Probe probe;
  private final UnixListener listener;
  private final Fd ram;
  private final Map<String, PlayedQemu> qemus = new HashMap<>();
  private final Semaphore states = new Semaphore(0);
  private final Thread thread;
  private volatile @Nullable WireSocket agent;

  PlayedBroker(Path socket, Path meetingPlace, Probe probe) throws IOException {
    this.meetingPlace = meetingPlace;
    this.probe = probe;
    this.ram = Memfd.create("ram", 2 << 20, Memfd.Pages.NORMAL);
    this.listener = UnixListener.bind(UnixSocket.Type.SEQPACKET, socket.toString(), 0600, 1);
    this.thread = Thread.ofPlatform().daemon().name("played-broker").start(this::serve);
  }

  private void serve() {
    try (WireSocket talking = WireSocket.adopt(listener.accept(Deadline.in(SOON)))) {
      agent = talking;
      Incoming incoming = talking.receive(Deadline.never());
      while (incoming != null) {
        if (incoming.message() instanceof Asked asked) {
          answer(talking, asked, incoming);
        }
        incoming = talking.receive(Deadline.never());
      }
    } catch (IOException e) {
      // The agent's side has hung up: the rehearsal is over.
    }
  }

  private void answer(WireSocket talking, Asked asked, Incoming incoming) throws IOException {
    switch (asked.request()) {
      case Request.Expect expect -> {
        say(talking, asked, new Answer.Done());
        Probe shown = expect.role() == Role.VMM ? probe : Probe.none();
        talking.send(
            new Event.Dialled(expect.podUid(), "c", new Hello(expect.role(), "rehearsal", shown)),
            Deadline.in(SOON));
      }
      case Request.MakeNetwork make ->
          say(talking, asked, new Answer.NetworkMade(1500, "192.0.2.1"));
      case Request.SendPlan plan -> {
        carryOut(plan, incoming);
        say(talking, asked, new Answer.Done());
        talking.send(
            new Event.Launched(plan.podUid(), List.of(SlotFacts.of(Slots.RAM, ram))),
            Deadline.in(SOON));
      }
      case Request.Facts facts -> {
        List<SlotFacts> held = List.of(SlotFacts.of(Slots.RAM, ram));
        say(talking, asked, new Answer.SlotsSeen(held, held));
      }
      case Request.ListenCpr listen -> {
        try (UnixListener made =
            UnixListener.bind(UnixSocket.Type.STREAM, path(listen.name()), 0700, 1)) {
          send(talking, asked, made.fd());
        }
      }
      case Request.ConnectCpr connect -> {
        try (UnixSocket made =
            UnixSocket.connect(UnixSocket.Type.STREAM, path(connect.name()), Deadline.in(SOON))) {
          send(talking, asked, made.fd());
        }
      }
      case Request.WatchTap watch -> say(talking, asked, new Answer.TapWatched(0));
      case Request.Kill kill -> {
        end(kill.podUid());
        say(talking, asked, new Answer.Done());
      }
      case Request.Freeze freeze -> {
        freeze(freeze.podUid(), true);
        say(talking, asked, new Answer.Done());
      }
      case Request.Thaw thaw -> {
        freeze(thaw.podUid(), false);
        say(talking, asked, new Answer.Done());
      }
      case Request.Inventory inventory ->
          say(
              talking,
              asked,
              new Answer.Capabilities(
                  0, false, "rehearsal", false, List.of(), false, List.of(), 4096, 0, "rehearsal"));
      case Request.ListPods list -> say(talking, asked, new Answer.Pods(List.of()));
      case Request.Sweep sweep -> {
        sweep();
        say(talking, asked, new Answer.Done());
      }
      case Request.Forget forget -> say(talking, asked, new Answer.Done());
      case Request.Terminal terminal -> throw new WireException("no anchor is started again here");
      case Request.ListenScreen listen -> throw new WireException("the played guest has no screen");
      case Request.MakeBridge make -> throw new WireException("the rehearsed guest masquerades");
      case Request.OfferQueues offer -> throw new WireException("the rehearsed card has one queue");
      case Request.BridgeLink make ->
          throw new WireException("the rehearsed guest has one network");
      case Request.Digest digest -> throw new WireException("no memory is verified in a rehearsal");
      case Request.ReadRam read -> throw new WireException("the played guest has no RAM to read");
      case Request.Memory work -> throw new WireException("no memory is copied in a rehearsal");
      case Request.Measure measure -> throw new WireException("nothing is measured in a rehearsal");
      case Request.Unknown unknown -> throw new WireException("nothing else is rehearsed");
    }
  }

  private void carryOut(Request.SendPlan plan, Incoming incoming) throws IOException {
    if (plan.plan().argv().isEmpty()) {
      return;
    }
    String cpr = plan.plan().argv().contains("-incoming") ? cprSocket(plan) : null;
    Fd monitor = incoming.takeDescriptors().getFirst();
    synchronized (qemus) {
      qemus.put(plan.podUid(), new PlayedQemu(monitor, meetingPlace, cpr, states));
    }
  }

  private static String cprSocket(Request.SendPlan plan) {
    String argument = plan.plan().argv().getLast();
    int from = argument.indexOf("b-cpr");
    return argument.substring(from, argument.indexOf(".sock", from) + ".sock".length());
  }

  private String path(String name) {
    return meetingPlace.resolve(name).toString();
  }

  private void sweep() throws IOException {
    try (var names = Files.list(meetingPlace)) {
      for (Path each : names.toList()) {
        Files.deleteIfExists(each);
      }
    }
  }

  private static void say(WireSocket talking, Asked asked, Answer answer) throws IOException {
    talking.send(new Answered(asked.id(), answer), Deadline.in(SOON));
  }

  private static void send(WireSocket talking, Asked asked, Fd descriptor) throws IOException {
    talking.send(
        new Answered(asked.id(), new Answer.Descriptor()), List.of(descriptor), Deadline.in(SOON));
  }

  private void freeze(String podUid, boolean on) {
    synchronized (qemus) {
      PlayedQemu qemu = qemus.get(podUid);
      if (qemu != null) {
        qemu.freeze(on);
      }
    }
  }

  private void end(String podUid) {
    PlayedQemu qemu;
    synchronized (qemus) {
      qemu = qemus.remove(podUid);
    }
    if (qemu != null) {
      qemu.close();
    }
  }

  @Override
  public void close() {
    WireSocket talking = agent;
    if (talking != null) {
      talking.hangUp();
    }
    synchronized (qemus) {
      qemus.values().forEach(PlayedQemu::close);
      qemus.clear();
    }
    try {
      thread.join(SOON);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    listener.close();
    ram.close();
  }
}
