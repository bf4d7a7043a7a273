package dev.moult.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.Deadline;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Memfd;
import dev.moult.linux.socket.UnixSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The agent's end against a broker's end that the test holds. */
class BrokerClientIT implements BrokerListener {
  private static final String POD = "0b9a4b52-6a2f-4a39-8d1a-0f6f2a8f6a01";
  private static final Duration SOON = Duration.ofSeconds(5);

  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private WireSocket broker;
  private BrokerClient client;

  @Override
  public void event(Event event) {
    heard.add(event);
  }

  @Override
  public void closed(@Nullable IOException cause) {
    heard.add("closed");
  }

  @BeforeEach
  void connect() throws Exception {
    UnixSocket.Pair pair = UnixSocket.pair(UnixSocket.Type.SEQPACKET);
    broker = WireSocket.adopt(pair.left());
    client = BrokerClient.over(WireSocket.adopt(pair.right()), this);
  }

  @AfterEach
  void close() {
    client.close();
    broker.close();
  }

  @Test
  void gives_each_asker_its_own_answer_whatever_their_order() throws Exception {
    var first = asking(new Request.WatchTap(POD, true));
    Asked one = nextAsked();
    var second = asking(new Request.WatchTap(POD, false));
    Asked two = nextAsked();

    answer(two.id(), new Answer.TapWatched(7));
    answer(one.id(), new Answer.TapWatched(0));

    assertThat(first.get(5, TimeUnit.SECONDS)).isEqualTo(new Answer.TapWatched(0));
    assertThat(second.get(5, TimeUnit.SECONDS)).isEqualTo(new Answer.TapWatched(7));
  }

  @Test
  void throws_a_refusal_with_its_reason() throws Exception {
    var asking = asking(new Request.Kill(POD));

    answer(nextAsked().id(), new Answer.Refused(RefusalReason.UNKNOWN_POD, 3, "who is that?"));

    assertThatThrownBy(() -> asking.get(5, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(RefusalReason.UNKNOWN_POD);
              assertThat(e.errno()).isEqualTo(3);
            });
  }

  @Test
  void hands_over_the_descriptor_of_an_answer() throws Exception {
    var asking =
        CompletableFuture.supplyAsync(() -> {
          try {
            return client.askForDescriptor(new Request.ListenCpr(POD, "a"), SOON);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    Asked asked = nextAsked();
    try (Fd memory = Memfd.create("x", 4096, Memfd.Pages.NORMAL)) {
      broker.send(
          new Answered(asked.id(), new Answer.Descriptor()), List.of(memory), Deadline.in(SOON));

      try (Fd come = asking.get(5, TimeUnit.SECONDS)) {
        assertThat(FileStat.of(come).inode()).isEqualTo(FileStat.of(memory).inode());
      }
    }
  }

  @Test
  void tells_events_in_order() throws Exception {
    broker.send(new Event.Exited(POD), Deadline.in(SOON));
    broker.send(new Event.Launched(POD, List.of()), Deadline.in(SOON));

    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(new Event.Exited(POD));
    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(new Event.Launched(POD, List.of()));
  }

  @Test
  void goes_on_after_what_only_a_newer_broker_says() throws Exception {
    broker.send(new Untold(120), Deadline.in(SOON));
    var asking = asking(new Request.Kill(POD));
    answer(nextAsked().id(), new Answer.Unknown(90));

    assertThatThrownBy(() -> asking.get(5, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(WireException.class)
        .hasMessageContaining("Kill")
        .hasMessageContaining("different versions");
    broker.send(new Event.Exited(POD), Deadline.in(SOON));
    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(new Event.Exited(POD));
    var again = asking(new Request.WatchTap(POD, true));
    answer(nextAsked().id(), new Answer.TapWatched(1));
    assertThat(again.get(5, TimeUnit.SECONDS)).isEqualTo(new Answer.TapWatched(1));
  }

  @Test
  void fails_who_waits_when_the_broker_goes_away() throws Exception {
    var asking = asking(new Request.ListPods());
    nextAsked();

    broker.close();

    assertThatThrownBy(() -> asking.get(5, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(LinuxException.class);
    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("closed");
    assertThatThrownBy(() -> client.ask(new Request.ListPods(), SOON))
        .isInstanceOf(LinuxException.class);
  }

  @Test
  void gives_up_on_an_answer_at_the_deadline() {
    assertThatThrownBy(() -> client.ask(new Request.ListPods(), Duration.ofMillis(20)))
        .isInstanceOfSatisfying(LinuxException.class, e -> assertThat(e.isTimeout()).isTrue());
  }

  private <A extends Answer> CompletableFuture<A> asking(Request<A> request) {
    var result = new CompletableFuture<A>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            result.complete(client.ask(request, SOON));
          } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private Asked nextAsked() throws IOException {
    try (Incoming incoming = Objects.requireNonNull(broker.receive(Deadline.in(SOON)))) {
      return (Asked) incoming.message();
    }
  }

  private void answer(long id, Answer answer) throws IOException {
    broker.send(new Answered(id, answer), Deadline.in(SOON));
  }
}
