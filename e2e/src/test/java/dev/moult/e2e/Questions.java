package dev.moult.e2e;

import dev.moult.e2e.guest.Shell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Features that are asked for by a shell: once, one after the other, or again and again over one
 * connection, all at the same time, so that each is being asked for at nearly every moment.
 *
 * @param place where the shell is
 * @param before what the commands need, in bash
 * @param features in their order
 */
record Questions(Place place, String before, List<Feature> features) {
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
      shell.awaitTotal(2 * features.size());
      return answers(shell.lines(), 0, Integer.MAX_VALUE);
    }
  }

  /** Begins to ask, and waits for an answer to each question. */
  Asking always() throws IOException, InterruptedException {
    var shell = place.run(script(), "always");
    while (answers(shell.lines(), 0, Integer.MAX_VALUE).values().stream().anyMatch(List::isEmpty)) {
      shell.awaitMore(1);
    }
    return new Asking(this, shell);
  }

  /** The same questions going on. */
  static final class Asking implements AutoCloseable {
    private final Questions questions;
    private final Shell.Running shell;
    private int from;
    private int to;

    private Asking(Questions questions, Shell.Running shell) {
      this.questions = questions;
      this.shell = shell;
    }

    /** What is being asked now counts, and what is asked from now on. */
    void begin() {
      from = shell.lines().size();
    }

    /** What is asked from now on counts no more; what is being asked now does. */
    void end() {
      to = shell.lines().size();
    }

    /** The answers to what was asked between {@link #begin} and {@link #end}. */
    Map<Feature, List<String>> answers() throws InterruptedException {
      var lines = shell.lines();
      while (isOpen(lines, to)) {
        shell.awaitTotal(lines.size() + 1);
        lines = shell.lines();
      }
      return questions.answers(lines, from, to);
    }

    @Override
    public void close() throws IOException {
      shell.close();
    }
  }

  /** Prints the number of a feature when it is asked for; then that, a tab and what was printed. */
  String script() {
    var script = new StringBuilder(before).append("ask() {\n  case $1 in\n");
    for (int i = 0; i < features.size(); i++) {
      script.append("    ").append(i).append(")\n      ");
      script.append(features.get(i).command()).append("\n      ;;\n");
    }
    return script
        .append(
            """
              esac
            }
            tell() {
              local words
              echo "$1"
              words=$(ask "$1" 2>&1)
              set -f
              words=($words)
              set +f
              printf '%s\\t%s\\n' "$1" "${words[*]}"
            }
            for number in {0..@LAST@}; do
              if [ "$1" = always ]; then
                # it has other things to do, too
                while tell "$number"; do sleep 1; done &
              else
                tell "$number"
              fi
            done
            wait
            """
                .replace("@LAST@", Integer.toString(features.size() - 1)))
        .toString();
  }

  /** Whether something that was asked for before that line has no answer yet. */
  static boolean isOpen(List<String> lines, int to) {
    var open = new HashSet<String>();
    for (int i = 0; i < lines.size(); i++) {
      var words = lines.get(i).split("\t", 2);
      if (words.length == 2) {
        open.remove(words[0]);
      } else if (i < to) {
        open.add(words[0]);
      }
    }
    return !open.isEmpty();
  }

  /**
   * Puts what the script has printed to the features.
   *
   * @param from the line from which on answers count
   * @param to the line before which it must have been asked
   * @throws AssertionError if a line is not the script's
   */
  Map<Feature, List<String>> answers(List<String> lines, int from, int to) {
    Map<Feature, List<String>> answers = new LinkedHashMap<>();
    features.forEach(feature -> answers.put(feature, new ArrayList<>()));
    var asked = new int[features.size()];
    for (int i = 0; i < lines.size(); i++) {
      var words = lines.get(i).split("\t", 2);
      if (!words[0].matches("[0-9]{1,3}")) {
        throw new AssertionError("the shell says: " + lines.get(i));
      }
      int number = Integer.parseInt(words[0]);
      if (words.length == 1) {
        asked[number] = i;
      } else if (i >= from && asked[number] < to) {
        answers.get(features.get(number)).add(words[1]);
      }
    }
    return answers;
  }
}
