package dev.moult.e2e.hostile;

import java.util.List;

/**
 * Attacks that stand on the field at the same time.
 *
 * @param title for the table
 * @param prepare brings them onto the field; their trials then look at each
 * @param attacks in the order of the table
 */
record Group(String title, Preparation prepare, List<Attack> attacks) {

  /** Brings attackers onto the field. */
  interface Preparation {
    void run(Field field) throws Exception;
  }
}
