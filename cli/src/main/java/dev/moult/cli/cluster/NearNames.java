package dev.moult.cli.cluster;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Names that somebody may have meant. */
final class NearNames {
  private static final int MOST = 3;

  private NearNames() {}

  /** A sentence for the end of a message; empty when nothing is near, or may be looked up. */
  static String suggestion(String wanted, Supplier<List<String>> names) {
    List<String> near;
    try {
      near = near(wanted, names.get());
    } catch (KubernetesClientException notAllowed) {
      return "";
    }
    return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
  }

  /** At most three names, the nearest first: some letters off, or longer by one end. */
  static List<String> near(String wanted, List<String> names) {
    int reach = Math.max(1, wanted.length() / 3);
    return names.stream()
        .filter(name ->
            distance(wanted, name) <= reach
                || (wanted.length() > 1 && (name.contains(wanted) || wanted.contains(name))))
        .sorted(
            Comparator.comparingInt((String name) -> distance(wanted, name))
                .thenComparing(Comparator.naturalOrder()))
        .limit(MOST)
        .collect(Collectors.toList());
  }

  /** Letters to insert, remove, replace or swap to make one of the other. */
  static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        steps[i][j] = i == 0 || j == 0 ? i + j : step(steps, a, b, i, j);
      }
    }
    return steps[a.length()][b.length()];
  }

  private static int step(int[][] steps, String a, String b, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int replaced = steps[i - 1][j - 1] + (same ? 0 : 1);
    int least = Math.min(replaced, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
  }
}
