/**
 * A guest's network inside its anchor's network namespace: tap and nftables, with addresses and
 * forwarding, or with a bridge that gives the guest the pod's own address.
 */
@NullMarked
package dev.moult.broker.network;

import org.jspecify.annotations.NullMarked;
