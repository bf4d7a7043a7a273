package dev.moult.cli.screen;

import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.Printable;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code screenshot}: a picture of the guest's screen. */
@Needs({Permission.GET_VM, Permission.GET_PORT_FORWARD, Permission.CREATE_PORT_FORWARD})
@Command(
    name = "screenshot",
    description = {
      "Write a picture of the guest's screen as PNG.",
      "%nThe guest sees nothing of it, and whoever looks at the screen by vnc goes on doing so."
    })
public final class ScreenshotCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path STANDARD_OUTPUT = Path.of("-");

  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where the picture goes; - for the standard output. Default: NAME.png.")
  @Nullable Path output;

  @Override
  public Integer call() throws IOException, InterruptedException {
    byte[] png;
    String size;
    try (Cluster cluster = options.connect()) {
      String anchor = ScreenOf.anchor(cluster.machine(name));
      Picture picture = picture(Tunnel.into(cluster.pod(anchor)), PATIENCE);
      var bytes = new ByteArrayOutputStream();
      picture.write(bytes);
      png = bytes.toByteArray();
      size = picture.width() + "x" + picture.height();
    }
    Path file = output == null ? Path.of(name + ".png") : output;
    if (file.equals(STANDARD_OUTPUT)) {
      System.out.write(png);
      System.out.flush();
    } else {
      write(file, png);
      var out = Objects.requireNonNull(spec).commandLine().getOut();
      out.println(file + " written: " + size + " pixels");
      out.flush();
    }
    return 0;
  }

  private static void write(Path file, byte[] png) {
    try {
      Files.write(file, png);
    } catch (IOException e) {
      throw new CommandFailure(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  /**
   * Takes a picture through a tunnel of its own.
   *
   * @throws CommandFailure if that was not possible in time, and why
   */
  static Picture picture(Tunnel.Maker maker, Duration patience)
      throws IOException, InterruptedException {
    Pipe to = Pipe.open();
    Pipe from = Pipe.open();
    try (Tunnel tunnel = maker.open(to.source(), from.sink());
        var out = Channels.newOutputStream(to.sink());
        var in = Channels.newInputStream(from.source())) {
      var taken = new FutureTask<>(() -> Snapshot.take(in, out));
      Thread.ofPlatform().daemon().name("screenshot").start(taken);
      try {
        return taken.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw failure(tunnel, Objects.requireNonNullElse(e.getCause(), e));
      } catch (TimeoutException e) {
        throw failure(
            tunnel, new IOException("it took longer than " + patience.toSeconds() + " s"));
      }
    }
  }

  private static CommandFailure failure(Tunnel tunnel, Throwable why) {
    String words =
        why instanceof ScreenException
            ? "what serves it breaks the protocol: " + why.getMessage()
            : tunnel
                .trouble()
                .orElse(
                    why instanceof EOFException
                        ? "it was hung up"
                        : String.valueOf(why.getMessage()));
    return new CommandFailure("no picture of the screen: " + Printable.of(words), why);
  }
}
