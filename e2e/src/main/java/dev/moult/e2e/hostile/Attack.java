package dev.moult.e2e.hostile;

/**
 * One attack, tried.
 *
 * @param name short, for the table; where a virtual machine makes it, that one's name
 * @param what is tried
 * @param defence what must hold
 * @param trial tries it
 */
record Attack(String name, String what, String defence, Trial trial) {

  /** Tries an attack. */
  interface Trial {
    /**
     * Runs until it is known what came of it.
     *
     * @return what was seen, in a few words
     * @throws AssertionError when the defence did not hold
     */
    String run(Field field) throws Exception;
  }

  /**
   * What came of it.
   *
   * @param held whether the defence held, and nobody else was harmed
   * @param seen in a few words
   */
  record Outcome(Attack attack, boolean held, String seen) {}
}
