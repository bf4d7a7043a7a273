package dev.moult.cli.screen;

import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Machine;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vnc}: the guest's screen, keyboard and mouse. */
@Needs({Permission.GET_VM, Permission.GET_PORT_FORWARD, Permission.CREATE_PORT_FORWARD})
@Command(
    name = "vnc",
    description = {
      "Connect a VNC viewer to the guest's screen, keyboard and mouse.",
      "%nA port of 127.0.0.1 leads to the screen as long as this runs. remote-viewer,"
          + " xtigervncviewer or vncviewer of the PATH is started, the first that is there. A live"
          + " update ends a viewer's connection: the viewer is started again, or connects again by"
          + " itself."
    })
public final class VncCommand implements Callable<Integer> {
  private static final int MOST_PORT = 65_535;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Viewers in a row that lost their screen at once: then something else is the matter. */
  private static final int MOST_FAILURES = 5;

  private static final Duration AT_ONCE = Duration.ofSeconds(3);

  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "The port of 127.0.0.1. Default: any that is free.")
  int port;

  @Option(names = "--proxy-only", description = "Start no viewer; print the address alone.")
  boolean proxyOnly;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var line = Objects.requireNonNull(spec).commandLine();
    if (port < 0 || port > MOST_PORT) {
      throw new ParameterException(line, "--port: not a port: " + port);
    }
    try (Cluster cluster = options.connect()) {
      String anchor = ScreenOf.anchor(cluster.machine(name));
      try (var gate =
          Gate.open(port, (to, from) -> Tunnel.into(cluster.pod(anchor)).open(to, from))) {
        Optional<Viewer> viewer =
            proxyOnly
                ? Optional.empty()
                : Viewer.find(Objects.requireNonNullElse(System.getenv("PATH"), ""));
        line.getOut().println(Viewer.address(gate.port()));
        line.getOut().flush();
        if (viewer.isPresent()) {
          return show(viewer.get(), gate, cluster, line.getErr());
        }
        if (!proxyOnly) {
          tell(
              line.getErr(),
              "none of "
                  + String.join(", ", Viewer.NAMES)
                  + " is on the PATH: point a viewer of yours there; Ctrl-C ends this");
        }
        return serve(gate, line.getErr());
      }
    }
  }

  /** Until somebody ends this program. */
  private static int serve(Gate gate, PrintWriter err) throws InterruptedException {
    while (true) {
      Visit visit = gate.ended().take();
      if (visit.ended().join() == Visit.Ending.SCREEN_WENT) {
        tell(err, "the screen went away" + because(visit) + "; connect again");
      }
    }
  }

  /** Until the viewer is closed by its user. */
  private int show(Viewer viewer, Gate gate, Cluster cluster, PrintWriter err)
      throws IOException, InterruptedException {
    int failures = 0;
    while (true) {
      long begun = System.nanoTime();
      int code = viewer.start(gate.port()).waitFor();
      @Nullable Visit last = last(gate);
      if (last == null || last.ended().join() == Visit.Ending.VIEWER_LEFT) {
        return code == 0 ? 0 : 1;
      }
      String because = because(last);
      failures = System.nanoTime() - begun < AT_ONCE.toNanos() ? failures + 1 : 0;
      if (failures >= MOST_FAILURES) {
        throw new CommandFailure("the screen goes away at once" + because);
      }
      Thread.sleep(PAUSE);
      Machine now = cluster.machine(name);
      String unused = ScreenOf.anchor(now); // ends here if the guest has
      tell(err, "the screen went away" + because + "; starting the viewer again");
    }
  }

  /** The last of the viewer's connections; it may make several. */
  private static @Nullable Visit last(Gate gate) throws InterruptedException {
    @Nullable Visit last = gate.ended().poll(AT_ONCE.toMillis(), TimeUnit.MILLISECONDS);
    for (@Nullable Visit next = last; next != null; next = gate.ended().poll()) {
      last = next;
    }
    return last;
  }

  private static String because(Visit visit) {
    String trouble = visit.trouble();
    return trouble.isEmpty() ? "" : " (" + trouble + ")";
  }

  private static void tell(PrintWriter err, String text) {
    err.println(text);
    err.flush();
  }
}
