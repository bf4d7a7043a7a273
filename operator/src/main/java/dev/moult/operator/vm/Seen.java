package dev.moult.operator.vm;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.allowance.Allowance;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.network.Attachments;
import dev.moult.operator.node.NodeSight;
import dev.moult.operator.pod.PodImages;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;

/**
 * What the caches hold about a virtual machine: the input of {@link Planner}.
 *
 * @param vm the object; its status is that of the last write
 * @param pods pods that it controls
 * @param updates LiveUpdates that name it
 * @param node the anchor's node
 * @param unixUid the uid that its pods run as, allocated or frozen before
 * @param images images of the installation
 * @param allowance what limits pods of its namespace
 * @param claims the claims that its disks name, if it is about to be started
 * @param attachments the definitions that its networks name, if it is about to be started
 * @param updateTtl how long an automatic LiveUpdate is kept
 */
public record Seen(
    VirtualMachine vm,
    List<Pod> pods,
    List<LiveUpdate> updates,
    NodeSight node,
    int unixUid,
    PodImages images,
    Allowance allowance,
    Claims claims,
    Attachments attachments,
    Duration updateTtl) {}
