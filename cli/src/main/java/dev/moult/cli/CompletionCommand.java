package dev.moult.cli;

import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion}: a script for the user's shell. */
@Command(
    name = "completion",
    description = {
      "Print a script that completes kubectl-moult in a shell.",
      "%nIt is for the name kubectl-moult. For bash: source <(kubectl moult completion bash); for"
          + " zsh the same, after compinit."
    })
final class CompletionCommand implements Callable<Integer> {
  /** Shells that the script is for; it is the same for both. */
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
  Shell shell = Shell.BASH;

  @Override
  public Integer call() {
    var line = Objects.requireNonNull(spec).root().commandLine();
    var out = Objects.requireNonNull(spec).commandLine().getOut();
    out.print(AutoComplete.bash("kubectl-moult", line));
    out.flush();
    return 0;
  }
}
