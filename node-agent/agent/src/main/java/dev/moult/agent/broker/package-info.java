/**
 * The agent's side of the broker: requests that wait for their answer, events handed on, and a
 * connection that comes back by itself when the broker was restarted.
 */
@NullMarked
package dev.moult.agent.broker;

import org.jspecify.annotations.NullMarked;
