package dev.moult.agent.update;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.journal.VmJournal;
import dev.moult.agent.run.Monitor;
import dev.moult.qemu.pairs.KnownPairs;
import dev.moult.wire.Probe;

/**
 * What is needed for one handoff.
 *
 * @param updateUid the LiveUpdate's
 * @param updateName the LiveUpdate's
 * @param namespace the LiveUpdate's
 * @param run the run, A in charge
 * @param monitor A's monitor
 * @param targetPodUid B's pod
 * @param targetPodName B's pod
 * @param probe what B's image holds
 * @param pairs which versions may follow which
 * @param verifyMemory its memory is to be read twice while the guest stands still, and compared
 * @param deadlineBootNanos until when there must be a verdict, CLOCK_BOOTTIME
 * @param broker for everything privileged
 * @param journal of the VM
 * @param attention the VM's thread
 */
public record Handoff(
    String updateUid,
    String updateName,
    String namespace,
    RunRecord run,
    Monitor monitor,
    String targetPodUid,
    String targetPodName,
    Probe probe,
    KnownPairs pairs,
    boolean verifyMemory,
    long deadlineBootNanos,
    Broker broker,
    VmJournal journal,
    Attention attention) {}
