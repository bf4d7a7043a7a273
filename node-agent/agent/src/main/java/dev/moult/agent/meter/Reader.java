package dev.moult.agent.meter;

import dev.moult.agent.broker.BrokerException;
import dev.moult.agent.run.Glimpse;
import dev.moult.qemu.qmp.QmpException;
import java.util.Optional;

/** Reads what a VM uses. May take long, or not come back. */
public interface Reader {
  /**
   * One reading.
   *
   * @return empty when there is nothing to read, or a handoff began meanwhile
   */
  Optional<Reading> read(Glimpse vm) throws QmpException, BrokerException, InterruptedException;
}
