package dev.moult.cli.update;

import java.io.Console;

/** Whether somebody looks on. */
final class Terminals {
  private Terminals() {}

  /** Whether input and output are a terminal that takes a cursor's movements. */
  static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
  }
}
