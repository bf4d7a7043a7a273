package dev.moult.e2e;

import dev.moult.e2e.guest.Shell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Features that are asked for one after the other, by a shell: once, or again and again over one
 * connection.
 *
 * @param place where the shell is
 * @param before what the commands need, in bash
 * @param pause seconds between two rounds: who is asked has other things to do as well
 * @param features in their order
 */
record Questions(Place place, String before, double pause, List<Feature> features) {
  Questions {
    features = List.copyOf(features);
  }

  /** Where there is a shell. */
  interface Place {
    /** Runs a script of bash; {@code once} or {@code always} is its argument. */
    Shell.Running run(String script, String word) throws IOException, InterruptedException;
  }

  /** The answers to one round. */
  Map<Feature, List<String>> once() throws IOException, InterruptedException {
    try (var shell = place.run(script(), "once")) {
      shell.awaitTotal(features.size());
      return answers(shell.lines());
    }
  }

  /** Begins to ask round after round, and waits for the first answer. */
  Asking always() throws IOException, InterruptedException {
    var shell = place.run(script(), "always");
    shell.awaitTotal(1);
    return new Asking(this, shell);
  }

  /** The same questions going on. */
  static final class Asking implements AutoCloseable {
    private final Questions questions;
    private final Shell.Running shell;
    private int first;
    private int last;

    private Asking(Questions questions, Shell.Running shell) {
      this.questions = questions;
      this.shell = shell;
    }

    /** What is being asked now counts, and what is asked from now on. */
    void begin() {
      first = shell.lines().size();
    }

    /** What is asked from now on counts no more; what is being asked now does. */
    void end() {
      last = shell.lines().size() + 1;
    }

    /** The answers to what was asked from {@link #begin} to {@link #end}. */
    Map<Feature, List<String>> answers() throws InterruptedException {
      shell.awaitTotal(last);
      return questions.answers(shell.lines().subList(first, last));
    }

    @Override
    public void close() throws IOException {
      shell.close();
    }
  }

  /** Prints a line for each answer: the number of its feature, a tab, what the command printed. */
  String script() {
    var script = new StringBuilder(before).append("ask() {\n  case $1 in\n");
    for (int i = 0; i < features.size(); i++) {
      script.append("    ").append(i).append(")\n      ");
      script.append(features.get(i).command()).append("\n      ;;\n");
    }
    return script
        .append("  esac\n}\nround() {\n  for number in {0..")
        .append(features.size() - 1)
        .append(
            """
            }; do
                said=$(ask "$number" 2>&1)
                set -f
                words=($said)
                set +f
                printf '%s\\t%s\\n' "$number" "${words[*]}"
              done
            }
            round
            while [ "$1" = always ]; do
            """)
        .append("  sleep ")
        .append(pause)
        .append("\n  round\ndone\n")
        .toString();
  }

  /**
   * Puts what the script has printed to the features.
   *
   * @throws AssertionError if a line is not the script's
   */
  Map<Feature, List<String>> answers(List<String> lines) {
    Map<Feature, List<String>> answers = new LinkedHashMap<>();
    features.forEach(feature -> answers.put(feature, new ArrayList<>()));
    for (String line : lines) {
      int tab = line.indexOf('\t');
      if (tab < 0) {
        throw new AssertionError("the shell says: " + line);
      }
      int number = Integer.parseInt(line.substring(0, tab));
      answers.get(features.get(number)).add(line.substring(tab + 1));
    }
    return answers;
  }
}
