package dev.moult.cli;

import dev.moult.api.v1alpha1.HumanDuration;
import dev.moult.cli.autopsy.AutopsyCommand;
import dev.moult.cli.cluster.CommandFailure;
import dev.moult.cli.cluster.Refusal;
import dev.moult.cli.console.ConsoleCommand;
import dev.moult.cli.power.FreezeCommand;
import dev.moult.cli.power.PauseCommand;
import dev.moult.cli.power.ResetCommand;
import dev.moult.cli.power.RestartCommand;
import dev.moult.cli.power.ResumeCommand;
import dev.moult.cli.power.StartCommand;
import dev.moult.cli.power.StopCommand;
import dev.moult.cli.power.SuspendCommand;
import dev.moult.cli.power.UnfreezeCommand;
import dev.moult.cli.screen.ScreenshotCommand;
import dev.moult.cli.screen.VncCommand;
import dev.moult.cli.ssh.SshCommand;
import dev.moult.cli.top.TopCommand;
import dev.moult.cli.update.HistoryCommand;
import dev.moult.cli.update.PreflightCommand;
import dev.moult.cli.update.UpdateCommand;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.TypeConversionException;

/** {@code kubectl moult}: the entry, and the list of verbs. */
@Command(
    name = "kubectl moult",
    mixinStandardHelpOptions = true,
    versionProvider = KubectlMoult.Version.class,
    description = "Virtual machines of Moult: power, live updates, console, screen, autopsy.",
    scope = CommandLine.ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      StartCommand.class,
      StopCommand.class,
      RestartCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      SuspendCommand.class,
      ResetCommand.class,
      FreezeCommand.class,
      UnfreezeCommand.class,
      UpdateCommand.class,
      HistoryCommand.class,
      PreflightCommand.class,
      TopCommand.class,
      ConsoleCommand.class,
      VncCommand.class,
      ScreenshotCommand.class,
      SshCommand.class,
      AutopsyCommand.class,
      CompletionCommand.class
    })
public final class KubectlMoult {
  private KubectlMoult() {}

  /** Runs a verb and ends with its exit code: 0 done, 1 not, 2 not understood. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command line, to run or to look at. */
  public static CommandLine commandLine() {
    return new CommandLine(new KubectlMoult())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Duration.class, KubectlMoult::duration)
        .setExecutionExceptionHandler((e, line, parsed) -> fail(e, line));
  }

  private static int fail(Exception e, CommandLine line) throws Exception {
    String message =
        switch (e) {
          case CommandFailure failure -> failure.getMessage();
          case KubernetesClientException refused -> Refusal.explain(refused);
          default -> throw e;
        };
    line.getOut().flush();
    line.getErr().println("error: " + message);
    line.getErr().flush();
    return 1;
  }

  private static Duration duration(String text) {
    try {
      return HumanDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("not a duration such as 90s or 2m: " + text);
    }
  }

  /** The version of the archive that the plugin is from. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      try (InputStream in = KubectlMoult.class.getResourceAsStream("version")) {
        return new String[] {
          "kubectl-moult "
              + new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                  .strip()
        };
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
