package dev.moult.cli.top;

import java.util.Map;

/** What became of asking a node's agent. */
sealed interface Answer {
  /**
   * It told.
   *
   * @param vms what it told of virtual machines, those of other nodes too if it lies
   */
  record Told(Map<VmName, Figures> vms) implements Answer {}

  /**
   * It did not.
   *
   * @param why in words
   * @param forbidden whether the user may not ask it
   */
  record Failed(String why, boolean forbidden) implements Answer {}
}
