package dev.moult.qemu.qmp;

import dev.moult.qemu.PeerText;

/**
 * What {@code query-status} answers.
 *
 * @param status QEMU's run state, such as {@code running}, {@code paused}, {@code inmigrate},
 *     {@code postmigrate}, {@code prelaunch}
 * @param running whether the guest's CPUs run
 */
public record RunState(String status, boolean running) {

  /** Cleans what may come from a hostile QEMU. */
  public RunState {
    status = PeerText.clean(status);
  }
}
