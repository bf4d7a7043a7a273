package dev.moult.agent.rehearsal;

import dev.moult.agent.broker.BrokerLink;
import dev.moult.agent.broker.LateLink;
import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.journal.Journal;
import dev.moult.agent.run.NodeContext;
import dev.moult.agent.run.VmDirectory;
import dev.moult.agent.run.VmSignal;
import dev.moult.agent.watch.PodView;
import dev.moult.api.v1alpha1.Acceleration;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.qemu.probe.script.ProbeScript;
import dev.moult.wire.Probe;
import dev.moult.wire.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One VM's life, played: a start, some handoffs, an end. Everything but the peers is real. */
public final class Rehearsal {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String TRANSCRIPT =
      """
      {"QMP":{"version":{"qemu":{"micro":3,"minor":1,"major":11},"package":"rehearsal"},"capabilities":[]}}
      {"return":[{"name":"pc-q35-10.0","alias":"q35","cpu-max":255}],"id":"machines"}
      {"return":[{"name":"qemu64-v1"}],"id":"cpus"}
      """;

  private final String vmUid = UUID.randomUUID().toString();
  private final String anchorUid = UUID.randomUUID().toString();
  private final PlayedTeller teller;
  private final VmDirectory vms;
  private int revision;

  private Rehearsal(Path directory, LateLink broker) {
    teller = new PlayedTeller(vmUid, anchorUid);
    NodeContext node =
        new NodeContext(
            PlayedTeller.NODE,
            broker,
            new NodeInventory(Acceleration.TCG),
            KnownPairs::bundled,
            teller,
            (result, took) -> {},
            Clock.systemUTC());
    vms = new VmDirectory(new Journal(directory.resolve("vms")), node);
  }

  /**
   * Plays it.
   *
   * @param parent where it may make a directory of its own, removed at the end; on a tmpfs
   * @param handoffs how many
   * @return how long the guest would have stood still in each, microseconds
   */
  public static List<Long> play(Path parent, int handoffs)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(parent, "rehearsal");
    Path meeting = Files.createDirectory(directory.resolve("m"));
    byte[] transcript = TRANSCRIPT.getBytes(StandardCharsets.UTF_8);
    Probe probe = Probe.of(ProbeScript.pack(transcript, transcript.length));
    Path socket = directory.resolve("b.sock");
    LateLink broker = new LateLink();
    Rehearsal rehearsal = new Rehearsal(directory, broker);
    try (PlayedBroker played = new PlayedBroker(socket, meeting, probe)) {
      broker.connect(new BrokerLink(socket, rehearsal.vms));
      try {
        return rehearsal.play(handoffs);
      } finally {
        rehearsal.vms.stop(SOON);
        broker.close();
      }
    } finally {
      delete(directory);
    }
  }

  private List<Long> play(int handoffs) throws InterruptedException {
    List<Long> pauses = new ArrayList<>();
    vms.post(vmUid, new VmSignal.Wished(teller.vm()));
    see(anchorUid, Role.ANCHOR, null);
    String old = UUID.randomUUID().toString();
    see(old, Role.VMM, null);
    teller.awaitRunning(SOON);
    for (int i = 0; i < handoffs; i++) {
      String update = UUID.randomUUID().toString();
      String next = UUID.randomUUID().toString();
      vms.post(vmUid, new VmSignal.UpdateSeen(teller.update(update)));
      see(next, Role.VMM, update);
      pauses.add(teller.awaitPause(update, SOON));
      vms.post(vmUid, new VmSignal.PodGone(old));
      old = next;
    }
    return pauses;
  }

  private void see(String podUid, Role role, @Nullable String update) {
    PodView view =
        new PodView(
            podUid,
            "rehearsal-" + revision++,
            "default",
            "rehearsal",
            vmUid,
            role,
            update,
            1,
            (Instant) null,
            0,
            false,
            null);
    vms.post(vmUid, new VmSignal.PodSeen(view));
  }

  private static void delete(Path directory) throws IOException {
    try (var all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
