package dev.moult.agent.run;

import dev.moult.agent.broker.Broker;
import dev.moult.agent.inventory.NodeInventory;
import dev.moult.agent.status.Teller;
import java.time.Clock;

/**
 * What all VMs of the node share.
 *
 * @param nodeName the node
 * @param broker for everything privileged
 * @param inventory what the node can do
 * @param teller who passes on what there is to say
 * @param measures what is counted
 * @param clock for wall clock times
 */
public record NodeContext(
    String nodeName,
    Broker broker,
    NodeInventory inventory,
    Teller teller,
    Measures measures,
    Clock clock) {}
