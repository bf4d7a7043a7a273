package dev.moult.cli.update;

import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;

/** What somebody is told who ends the watching of an update, by Ctrl-C or otherwise. */
final class Farewell implements AutoCloseable {
  private final AtomicBoolean silent = new AtomicBoolean();
  private final Thread hook;

  private Farewell(PrintWriter err, boolean terminal, String update, String vm) {
    hook =
        new Thread(
            () -> {
              if (!silent.get()) {
                err.println(
                    (terminal ? System.lineSeparator() : "")
                        + update
                        + " goes on without you. To see how it ends: kubectl moult history "
                        + vm
                        + "; to ask for a rollback: kubectl delete liveupdate "
                        + update);
                err.flush();
              }
            },
            "farewell");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Tells it when the program ends before {@link #ended} was called. */
  static Farewell unlessEnded(PrintWriter err, boolean terminal, String update, String vm) {
    return new Farewell(err, terminal, update, vm);
  }

  /** The update has come to an end. */
  void ended() {
    silent.set(true);
  }

  @Override
  public void close() {
    silent.set(true);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endsAlready) {
      // The hook runs, or is about to, and says nothing.
      return;
    }
  }
}
