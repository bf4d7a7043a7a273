package dev.moult.cli.console;

import dev.moult.cli.cluster.Following;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.cluster.Refusal;
import dev.moult.cli.output.Printable;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys to the guest, its console to the screen, until the escape key is pressed. When the line
 * breaks (the API server restarts, the anchor's container does, the guest is restarted) it is made
 * again; what is typed meanwhile is lost.
 */
final class ConsoleSession {
  /** The anchor's container (docs/architecture.md). */
  static final String CONTAINER = "anchor";

  private static final Duration TURN = Duration.ofMillis(200);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final Supplier<PodResource> anchor;
  private final String name;
  private final Screen screen;
  private final EscapeKey escape;
  private final CompletableFuture<Void> left = new CompletableFuture<>();
  private volatile @Nullable Line line;

  /**
   * A session that has not begun.
   *
   * @param anchor the anchor's pod, asked for anew for each connection
   * @param name the virtual machine's name, for messages
   */
  ConsoleSession(Supplier<PodResource> anchor, String name, Screen screen, EscapeKey escape) {
    this.anchor = anchor;
    this.name = name;
    this.screen = screen;
    this.escape = escape;
  }

  /**
   * Runs until the escape key is pressed, or the keys end.
   *
   * @throws KubernetesClientException if the user may not attach
   */
  void run(InputStream keys) throws IOException, InterruptedException {
    @Nullable String trouble = open();
    Thread.ofPlatform().daemon().name("keys").start(() -> read(keys));
    while (!left.isDone()) {
      if (trouble != null) {
        screen.say(
            "the console of "
                + name
                + " is away ("
                + trouble
                + "); waiting for it, "
                + escape
                + " ends that");
        reconnect();
      }
      Line now = line;
      if (now != null) {
        trouble = await(now);
        line = null;
        now.close();
      }
    }
  }

  /** Returns why the line has ended; whatever, if the escape key was pressed. */
  private String await(Line now) throws InterruptedException {
    try {
      return String.valueOf(CompletableFuture.anyOf(left, now.ended()).get());
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Comes back when the line is made again, or the escape key was pressed. */
  private void reconnect() throws IOException, InterruptedException {
    Duration pause = FIRST_PAUSE;
    while (!left.isDone()) {
      try (var following = Following.of(anchor.get(), Permission.WATCH_PODS)) {
        attachWhenItRuns(following);
        return;
      } catch (KubernetesClientException e) {
        if (Refusal.isFinal(e)) {
          throw e;
        }
        // The API server is away.
        pause = rest(pause);
      }
    }
  }

  /** Waits for the container to run, by the pod's own word, and attaches. */
  private void attachWhenItRuns(Following<Pod> following) throws IOException, InterruptedException {
    Duration pause = FIRST_PAUSE;
    boolean runs = false;
    while (!left.isDone()) {
      var change = following.next(runs ? Duration.ZERO : TURN);
      if (change.isPresent()) {
        runs = runs(change.get().object());
      } else if (runs) {
        if (open() == null) {
          screen.say("the console of " + name + " is back");
          return;
        }
        // The kubelet has not caught up with the container, or the API server is away.
        pause = rest(pause);
      }
    }
  }

  /** Attaches; returns why not, if it could not. */
  private @Nullable String open() throws InterruptedException {
    try {
      line = Line.open(anchor.get(), CONTAINER, screen);
      return null;
    } catch (KubernetesClientException e) {
      if (Refusal.isFinal(e)) {
        throw e;
      }
      return Printable.of(Refusal.explain(e));
    }
  }

  /** Waits twice as long as the last time, unless the escape key is pressed; returns how long. */
  private Duration rest(Duration last) throws InterruptedException {
    Duration twice = last.multipliedBy(2);
    Duration pause = twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    leftWithin(pause);
    return pause;
  }

  private void leftWithin(Duration pause) throws InterruptedException {
    try {
      left.get(pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException stays) {
      return;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean runs(@Nullable Pod pod) {
    return pod != null
        && pod.getMetadata().getDeletionTimestamp() == null
        && pod.getStatus().getContainerStatuses().stream()
            .filter(status -> status.getName().equals(CONTAINER))
            .map(ContainerStatus::getState)
            .anyMatch(state -> state.getRunning() != null);
  }

  private void read(InputStream keys) {
    var bytes = new byte[1024];
    try {
      for (int count; (count = keys.read(bytes)) >= 0; ) {
        int typed = escape.find(bytes, count);
        type(bytes, typed);
        if (typed < count) {
          break;
        }
      }
    } catch (IOException terminalGone) {
      // As if the escape key had been pressed: nobody is there any more.
      left.complete(null);
    }
    left.complete(null);
  }

  private void type(byte[] bytes, int count) {
    Line now = line;
    if (now != null && count > 0) {
      try {
        now.type(bytes, count);
      } catch (IOException away) {
        // Its end is seen by the other thread; what was typed is lost, as the message says.
        now.close();
      }
    }
  }
}
