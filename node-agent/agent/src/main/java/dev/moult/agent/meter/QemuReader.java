package dev.moult.agent.meter;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Glimpse;
import dev.moult.agent.run.Monitor;
import dev.moult.qemu.machine.FrozenMachine;
import dev.moult.qemu.qmp.QmpConnection;
import dev.moult.qemu.qmp.QmpException;
import dev.moult.qemu.stats.DiskCounts;
import dev.moult.qemu.stats.QemuStats;
import dev.moult.wire.Answer;
import dev.moult.wire.Limits;
import dev.moult.wire.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks QEMU for its disks, and the broker for what the kernel alone knows. */
public final class QemuReader implements Reader {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Broker broker;

  /** Over the node's broker. */
  public QemuReader(Broker broker) {
    this.broker = broker;
  }

  @Override
  public Optional<Reading> read(Glimpse vm)
      throws QmpException, BrokerException, InterruptedException {
    RunRecord run = vm.run();
    Monitor monitor = vm.monitor();
    FrozenMachine machine = run.machine();
    if (monitor == null || machine == null || vm.updating().getAsBoolean()) {
      return Optional.empty();
    }
    QmpConnection qmp = monitor.qmp().connection();
    Map<String, DiskCounts> disks = QemuStats.disks(qmp, machine, PATIENCE);
    List<Integer> threads = QemuStats.vcpuThreads(qmp, Limits.THREADS, PATIENCE);
    if (vm.updating().getAsBoolean()) {
      return Optional.empty();
    }
    Answer.Measured measured =
        broker.ask(
            new Request.Measure(monitor.podUid(), run.anchorPodUid(), threads),
            List.of(),
            PATIENCE);
    return Optional.of(
        new Reading(
            run.runId(),
            monitor.podUid(),
            measured.vcpuMicros(),
            measured.ramBytes(),
            disks,
            measured.traffic()));
  }
}
