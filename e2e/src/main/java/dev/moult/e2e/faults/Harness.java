package dev.moult.e2e.faults;

import dev.moult.e2e.cluster.Evidence;
import dev.moult.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs cells on several virtual machines at once. A fault of one VM has a lane of its own; a fault
 * of the node strikes once, while the lanes are held at its different steps.
 */
final class Harness implements AutoCloseable {
  private final TestNamespace namespace;
  private final StopPointsEnabled stops;
  private final Node node;
  private final Qemus qemus = new Qemus();
  private final List<Lane> lanes = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Ledger ledger;
  private final Path checkout;

  /**
   * On the development cluster, where Moult is installed.
   *
   * @param checkout where the repository is
   * @param guest what runs in the virtual machines
   * @param lanes how many of them
   */
  Harness(KubernetesClient client, Path checkout, Guest guest, int lanes, Ledger ledger) {
    this.ledger = ledger;
    this.checkout = checkout;
    this.node = new Node(client);
    this.namespace = TestNamespace.create(client, "moult-faults");
    this.stops = StopPointsEnabled.in(client);
    for (int i = 1; i <= lanes; i++) {
      this.lanes.add(new Lane(namespace, guest, "f" + i));
    }
  }

  Node node() {
    return node;
  }

  Qemus qemus() {
    return qemus;
  }

  /** Runs all of these cells. */
  void run(List<? extends Trial> cells) throws InterruptedException {
    boot();
    ofVms(cells.stream().filter(cell -> cell.fault().scope() == Fault.Scope.VM).toList());
    for (Fault fault : Fault.values()) {
      if (fault.scope() == Fault.Scope.NODE) {
        ofNode(cells.stream().filter(cell -> cell.fault() == fault).toList());
      }
    }
  }

  private void boot() throws InterruptedException {
    together(
        lanes,
        lane -> {
          var unused = lane.ready();
        });
  }

  private void ofVms(List<? extends Trial> cells) throws InterruptedException {
    Queue<Trial> open = new ConcurrentLinkedQueue<>(cells);
    together(
        lanes,
        lane -> {
          for (Trial cell = open.poll(); cell != null; cell = open.poll()) {
            alone(lane, cell);
          }
        });
  }

  private void alone(Lane lane, Trial cell) throws InterruptedException {
    long began = System.nanoTime();
    try (var held = cell.hold(lane, qemus)) {
      new Strike(node).at(cell.fault(), List.of(held));
      settle(lane, Inspection.of(held));
    } catch (IOException | RuntimeException | AssertionError e) {
      settle(lane, failed(cell, Duration.ofNanos(System.nanoTime() - began), e));
    }
  }

  /** Writes it down. The lane's next cell begins with a guest that has seen nothing but updates. */
  void settle(Lane lane, Outcome outcome) {
    ledger.add(outcome);
    if (!outcome.ok()) {
      Evidence.print(checkout, lane.name() + ", " + outcome.fault(), System.out);
    }
    if (!outcome.ok() || !outcome.same()) {
      try {
        lane.leave();
        lane.begin();
      } catch (IOException | RuntimeException e) {
        System.err.println(lane.name() + " cannot be left: " + e);
      }
    }
  }

  private static Outcome failed(Trial cell, Duration took, Throwable why) {
    var step = Integer.toString(cell.number());
    return Outcome.failed(cell.fault().title(), step, took, why);
  }

  private void ofNode(List<? extends Trial> cells) throws InterruptedException {
    for (int from = 0; from < cells.size(); from += lanes.size()) {
      together(cells.subList(from, Math.min(cells.size(), from + lanes.size())));
    }
  }

  /** One fault for several cells, each on a lane of its own. */
  private void together(List<? extends Trial> cells) throws InterruptedException {
    try {
      node.awaitHealth();
    } catch (IOException e) {
      cells.forEach(cell -> ledger.add(failed(cell, Duration.ZERO, e)));
      return;
    }
    long began = System.nanoTime();
    var pairs = new ArrayList<Integer>();
    for (int i = 0; i < cells.size(); i++) {
      pairs.add(i);
    }
    List<Held> held = Collections.synchronizedList(new ArrayList<>());
    together(
        pairs,
        i -> {
          try {
            held.add(cells.get(i).hold(lanes.get(i), qemus));
          } catch (IOException | RuntimeException | AssertionError e) {
            settle(
                lanes.get(i), failed(cells.get(i), Duration.ofNanos(System.nanoTime() - began), e));
          }
        });
    if (held.isEmpty()) {
      return;
    }
    Throwable failure = null;
    try {
      new Strike(node).at(cells.getFirst().fault(), held);
    } catch (IOException | RuntimeException | AssertionError e) {
      failure = e;
    }
    Throwable struck = failure;
    together(
        held,
        one -> {
          try (one) {
            if (struck != null) {
              throw new AssertionError("the fault could not be done", struck);
            }
            settle(one.lane(), Inspection.of(one));
          } catch (IOException | RuntimeException | AssertionError e) {
            settle(one.lane(), failed(one.trial(), one.age(), e));
          }
        });
  }

  /** Does it on all lanes at the same time. */
  void onLanes(Work<Lane> work) throws InterruptedException {
    together(lanes, work);
  }

  /** What is done to one of several at once. */
  interface Work<T> {
    void with(T one) throws IOException, InterruptedException;
  }

  /** Does it to all at the same time. */
  private <T> void together(List<T> all, Work<T> work) throws InterruptedException {
    var calls = new ArrayList<Future<Boolean>>();
    for (T one : all) {
      Callable<Boolean> call =
          () -> {
            work.with(one);
            return true;
          };
      calls.add(threads.submit(call));
    }
    for (Future<Boolean> call : calls) {
      try {
        var unused = call.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      for (Lane lane : lanes) {
        lane.close();
      }
      qemus.close();
      threads.shutdownNow();
      namespace.delete();
    } finally {
      stops.close(); // whatever is left: no agent is to heed them after us
    }
  }
}
