package dev.moult.e2e.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What {@code kubectl logs -f <vm>-anchor} prints: the guest's serial console, by line. */
public final class Console implements AutoCloseable {
  private final LogWatch watch;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;
  private boolean ended;

  private Console(LogWatch watch) {
    this.watch = watch;
    this.reader = Thread.ofPlatform().daemon().name("console").start(this::read);
  }

  /** Follows the console of a virtual machine from its first line on. */
  public static Console follow(TestNamespace namespace, String vm) {
    return new Console(
        namespace
            .client()
            .pods()
            .inNamespace(namespace.name())
            .withName(vm + "-anchor")
            .inContainer("anchor")
            .watchLog());
  }

  /** Follows the log of one container of any pod from its first line on. */
  public static Console followPod(
      KubernetesClient client, String namespace, String pod, String container) {
    return new Console(
        client.pods().inNamespace(namespace).withName(pod).inContainer(container).watchLog());
  }

  /** A line without what moves a cursor or changes a terminal: guests and QEMUs may be hostile. */
  public static String printable(String line) {
    return line.replaceAll("\\p{Cc}|\\p{Cf}", "\u00b7");
  }

  /**
   * Waits for a line.
   *
   * @return the first line that fits, also one that was there before the call
   * @throws AssertionError if none came in time, or the console ended
   */
  public String await(Duration patience, Predicate<String> wanted) throws InterruptedException {
    return awaitFrom(0, patience, wanted);
  }

  /**
   * Waits for a line that is not among the first so many.
   *
   * @throws AssertionError if none came in time, or the console ended
   */
  public synchronized String awaitFrom(int first, Duration patience, Predicate<String> wanted)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    int next = first;
    while (true) {
      for (; next < lines.size(); next++) {
        if (wanted.test(lines.get(next))) {
          return lines.get(next);
        }
      }
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (ended || left <= 0) {
        throw new AssertionError(
            "no such line on the console"
                + (ended ? ", which ended" : "")
                + "; its last lines: "
                + lines.subList(Math.max(0, lines.size() - 20), lines.size()).stream()
                    .map(Console::printable)
                    .toList());
      }
      wait(left);
    }
  }

  /** All lines so far. */
  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  private void read() {
    try (var in =
        new BufferedReader(new InputStreamReader(watch.getOutput(), StandardCharsets.UTF_8))) {
      for (String line; (line = in.readLine()) != null; ) {
        synchronized (this) {
          lines.add(line);
          notifyAll();
        }
      }
    } catch (IOException closed) {
      if (!reader.isInterrupted()) {
        throw new UncheckedIOException(closed);
      }
    } finally {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
    }
  }

  @Override
  public void close() {
    reader.interrupt();
    watch.close();
  }
}
