package dev.moult.agent.run;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.status.Teller;
import dev.moult.qemu.pairs.KnownPairs;
import java.time.Clock;
import java.util.function.Supplier;

/**
 * What all VMs of the node share.
 *
 * @param nodeName the node
 * @param broker for everything privileged
 * @param inventory what the node can do
 * @param pairs which QEMU versions may follow which, as it is known now
 * @param teller who passes on what there is to say
 * @param measures what is counted
 * @param clock for wall clock times
 */
public record NodeContext(
    String nodeName,
    Broker broker,
    NodeInventory inventory,
    Supplier<KnownPairs> pairs,
    Teller teller,
    Measures measures,
    Clock clock) {}
