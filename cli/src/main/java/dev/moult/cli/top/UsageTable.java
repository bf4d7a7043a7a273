package dev.moult.cli.top;

import dev.moult.cli.output.Table;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The table of what virtual machines use. */
final class UsageTable {
  private static final List<String> COLUMNS =
      List.of(
          "NAME",
          "CPU(cores)",
          "CPU(%)",
          "MEMORY(bytes)",
          "RESIDENT(bytes)",
          "READ(B/s)",
          "WRITE(B/s)",
          "RX(B/s)",
          "TX(B/s)");

  private final boolean namespaces;
  private final Table table;

  /**
   * A table.
   *
   * @param usages of each virtual machine
   * @param order what they are sorted by; null: by their names
   * @param namespaces whether they are told
   */
  UsageTable(Map<VmName, Usage> usages, @Nullable SortBy order, boolean namespaces) {
    this.namespaces = namespaces;
    table = new Table(row("NAMESPACE", COLUMNS.stream()));
    usages.entrySet().stream()
        .sorted(order(order))
        .forEach(one -> table.add((Object[]) row(one.getKey(), one.getValue())));
  }

  private static Comparator<Map.Entry<VmName, Usage>> order(@Nullable SortBy order) {
    Comparator<Map.Entry<VmName, Usage>> byName = Map.Entry.comparingByKey();
    return order == null
        ? byName
        : Comparator.comparingDouble((Map.Entry<VmName, Usage> one) -> -order.of(one.getValue()))
            .thenComparing(byName);
  }

  private String[] row(VmName vm, Usage usage) {
    Double cores = usage.rate(Counter.CPU);
    return row(
        vm.namespace(),
        Stream.of(
            vm.name(),
            Units.millicores(cores),
            Units.percent(cores, usage.vcpus()),
            Units.mebibytes(usage.memory()),
            Units.mebibytes(usage.resident()),
            Units.bytes(usage.rate(Counter.READ)),
            Units.bytes(usage.rate(Counter.WRITTEN)),
            Units.bytes(usage.rate(Counter.RECEIVED)),
            Units.bytes(usage.rate(Counter.SENT))));
  }

  private String[] row(String namespace, Stream<String> cells) {
    return (namespaces ? Stream.concat(Stream.of(namespace), cells) : cells).toArray(String[]::new);
  }

  /** Prints it, with the columns' names or without. */
  void print(PrintWriter out, boolean headers) {
    if (headers) {
      table.print(out);
    } else {
      table.printRows(out);
    }
  }
}
