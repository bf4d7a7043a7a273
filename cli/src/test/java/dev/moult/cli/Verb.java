package dev.moult.cli;

import dev.moult.cli.cluster.Needs;
import dev.moult.cli.cluster.Permission;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * A verb and what it needs to be allowed to do.
 *
 * @param name as it is typed
 * @param always in each case
 * @param waiting beside those, when it waits
 */
record Verb(String name, List<Permission> always, List<Permission> waiting) {
  /** All that reach a cluster, in the order of the help. */
  static List<Verb> all() {
    return KubectlMoult.commandLine().getSubcommands().entrySet().stream()
        .flatMap(entry -> Stream.ofNullable(of(entry.getKey(), entry.getValue())))
        .toList();
  }

  private static @Nullable Verb of(String name, CommandLine line) {
    Needs needs = line.getCommandSpec().userObject().getClass().getAnnotation(Needs.class);
    return needs == null ? null : new Verb(name, List.of(needs.value()), List.of(needs.waiting()));
  }

  /** The row of the table in docs/kubectl-moult.md. */
  String row() {
    return "| `" + name + "` | " + words(always) + " | " + words(waiting) + " |";
  }

  private static String words(List<Permission> permissions) {
    return permissions.isEmpty()
        ? "–"
        : permissions.stream()
            .collect(Collectors.groupingBy(Verb::resource, LinkedHashMap::new, Collectors.toList()))
            .entrySet()
            .stream()
            .map(entry ->
                entry.getValue().stream().map(Permission::verb).collect(Collectors.joining(", "))
                    + " `"
                    + entry.getKey()
                    + "`")
            .collect(Collectors.joining("; "));
  }

  private static String resource(Permission permission) {
    // Within the backquotes of the row.
    return permission.toString().split(" ", 2)[1]
        + (permission.ofSystem() ? "` in `moult-system" : "");
  }
}
