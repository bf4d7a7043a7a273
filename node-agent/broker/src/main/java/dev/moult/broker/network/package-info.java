/**
 * A guest's network inside its anchor's network namespace: tap, addresses, forwarding, nftables.
 */
@NullMarked
package dev.moult.broker.network;

import org.jspecify.annotations.NullMarked;
