package dev.moult.cli.autopsy;

import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.api.v1alpha1.AutopsyPhase;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.api.v1alpha1.VirtualMachineAutopsySpec;
import dev.moult.api.v1alpha1.VirtualMachineAutopsyStatus;
import dev.moult.cli.cluster.Cluster;
import dev.moult.cli.cluster.ClusterOptions;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Following;
import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import dev.moult.cli.output.Printable;
import dev.moult.cli.screen.Tunnel;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code autopsy}: the log of the guest's kernel out of its memory, or the memory itself. */
@Needs(
    value = {
      Permission.GET_VM,
      Permission.CREATE_AUTOPSY,
      Permission.LIST_AUTOPSIES,
      Permission.WATCH_AUTOPSIES
    },
    waiting = {Permission.GET_PORT_FORWARD, Permission.CREATE_PORT_FORWARD})
@Command(
    name = "autopsy",
    description = {
      "Print the log of the guest's Linux kernel, out of its memory.",
      "%nThe memory outlives its QEMU as long as the anchor pod is there, so this shows what a guest"
          + " said before its QEMU died, and what one that runs says now. Nothing in the guest is"
          + " needed, nothing in it is changed. Creates a VirtualMachineAutopsy, which is deleted"
          + " after ten minutes; an event on the virtual machine tells of it."
    })
public final class AutopsyCommand implements Callable<Integer> {
  private static final Duration TURN = Duration.ofMillis(200);
  private static final Duration TRY_AGAIN = Duration.ofMillis(300);

  /** The agent opens its port within a second or two of the object. */
  private static final Duration PORT_OPENS = Duration.ofSeconds(10);

  private static final int MOST_LOG = 64 << 20;
  private static final Path STANDARD_OUTPUT = Path.of("-");

  @Mixin ClusterOptions options = new ClusterOptions();
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "Name of the virtual machine.")
  String name = "";

  @Option(
      names = "--core",
      paramLabel = "FILE",
      description =
          "Write the whole memory there as an ELF core, for crash, drgn or makedumpfile; - for the"
              + " standard output. The guest must be paused or have ended.")
  @Nullable Path core;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "90s",
      description = "How long the memory may take to be read. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofSeconds(90);

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    try (Cluster cluster = options.connect()) {
      var _ = cluster.machine(name);
      Key key = Key.make();
      String autopsy = cluster.create(request(key)).getMetadata().getName();
      AutopsyFindings findings;
      try (var following = Following.of(cluster.autopsy(autopsy), Permission.WATCH_AUTOPSIES)) {
        findings = await(following, autopsy);
      }
      if (core != null) {
        writeCore(cluster, key, core, line);
      } else {
        printLog(cluster, key, findings, line);
      }
      return 0;
    }
  }

  private VirtualMachineAutopsy request(Key key) {
    var autopsy = new VirtualMachineAutopsy();
    autopsy.setMetadata(new ObjectMetaBuilder().withGenerateName(name + "-").build());
    autopsy.setSpec(new VirtualMachineAutopsySpec(name, key.sha256(), "10m"));
    return autopsy;
  }

  private AutopsyFindings await(Following<VirtualMachineAutopsy> following, String autopsy)
      throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (System.nanoTime() - end < 0) {
      var change = following.next(TURN);
      if (change.isEmpty()) {
        continue;
      }
      VirtualMachineAutopsy now = change.get().object();
      if (now == null) {
        throw new CommandFailure("virtualmachineautopsy " + autopsy + " was deleted");
      }
      VirtualMachineAutopsyStatus status = now.getStatus();
      if (status != null && status.findings() != null) {
        return status.findings();
      }
      if (status != null && status.phase() == AutopsyPhase.FAILED) {
        throw new CommandFailure("no autopsy: " + Printable.of(status.message()));
      }
    }
    throw new CommandFailure(
        "nothing was read within " + timeout.toSeconds() + " s; kubectl describe mva " + autopsy);
  }

  private void printLog(Cluster cluster, Key key, AutopsyFindings findings, CommandLine line)
      throws IOException, InterruptedException {
    if (!Boolean.TRUE.equals(findings.readable())) {
      throw new CommandFailure("no log: " + Printable.of(findings.message()));
    }
    String log = Objects.requireNonNullElse(findings.log(), "");
    long bytes = Objects.requireNonNullElse(findings.bytes(), 0L);
    if (log.getBytes(StandardCharsets.UTF_8).length < bytes) {
      var whole = new ByteArrayOutputStream();
      fetch(
          cluster,
          key,
          "log",
          (handout, in) -> {
            if (handout.bytes() > MOST_LOG) {
              throw new CommandFailure("a log of " + handout.bytes() + " bytes is none");
            }
            handout.copy(in, whole);
          });
      log = whole.toString(StandardCharsets.UTF_8);
    }
    PrintWriter out = line.getOut();
    log.lines().map(Printable::line).forEach(out::println);
    out.flush();
    findings.remarks().forEach(remark -> note(line, remark));
  }

  private void writeCore(Cluster cluster, Key key, Path file, CommandLine line)
      throws IOException, InterruptedException {
    boolean standard = file.equals(STANDARD_OUTPUT);
    boolean whole = false;
    try (OutputStream out = standard ? System.out : create(file)) {
      fetch(
          cluster,
          key,
          "core",
          (handout, in) -> {
            handout.copy(in, out);
            handout.remarks().forEach(remark -> note(line, remark));
            if (!standard) {
              line.getOut().println(file + " written: " + handout.bytes() + " bytes");
              line.getOut().flush();
            }
          });
      whole = true;
    } finally {
      if (!whole && !standard) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** For its owner's eyes: it is a guest's memory. */
  private static OutputStream create(Path file) {
    try {
      return Channels.newOutputStream(
          Files.newByteChannel(
              file,
              EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailure(file + " exists already", e);
    } catch (IOException e) {
      throw new CommandFailure(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** What is done with what comes. */
  private interface Taker {
    void take(Handout handout, InputStream in) throws IOException;
  }

  private void fetch(Cluster cluster, Key key, String what, Taker taker)
      throws IOException, InterruptedException {
    Tunnel.Maker maker =
        Tunnel.into(cluster.pod(name + ApiNames.ANCHOR_POD_SUFFIX), ApiNames.AUTOPSY_PORT);
    long end = System.nanoTime() + PORT_OPENS.toNanos();
    while (true) {
      Pipe to = Pipe.open();
      Pipe from = Pipe.open();
      try (Tunnel tunnel = maker.open(to.source(), from.sink());
          InputStream in = Channels.newInputStream(from.source())) {
        Handout handout;
        try {
          ask(to, key.text() + " " + what + "\n");
          handout = Handout.begin(in);
        } catch (IOException e) {
          String why = tunnel.trouble().orElse(String.valueOf(e.getMessage()));
          if (System.nanoTime() - end >= 0) {
            throw new CommandFailure("the anchor pod hands nothing out: " + Printable.of(why), e);
          }
          Thread.sleep(TRY_AGAIN);
          continue;
        }
        taker.take(handout, in);
        return;
      } finally {
        to.sink().close();
      }
    }
  }

  private static void ask(Pipe to, String question) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(question.getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      to.sink().write(bytes);
    }
  }

  private static void note(CommandLine line, String remark) {
    line.getErr().println("note: " + Printable.of(remark));
    line.getErr().flush();
  }
}
