package dev.moult.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UsageTableTest {
  private static final double GIBI = 1 << 30;
  private static final Map<VmName, Usage> SHOP =
      Map.of(
          new VmName("shop", "web"),
          new Usage(
              2.0,
              2 * GIBI,
              2 * GIBI,
              Map.of(
                  Counter.CPU,
                  1.25,
                  Counter.READ,
                  0.0,
                  Counter.WRITTEN,
                  1_300_000.0,
                  Counter.RECEIVED,
                  12_500.0,
                  Counter.SENT,
                  380.0)),
          new VmName("shop", "db"),
          new Usage(
              4.0,
              8 * GIBI,
              6.5 * GIBI,
              Map.of(Counter.CPU, 0.03, Counter.READ, 5e8, Counter.WRITTEN, 4096.0)),
          new VmName("shop", "old"),
          Usage.UNKNOWN,
          new VmName("lab", "web"),
          new Usage(1.0, GIBI, GIBI, Map.of()));

  @Test
  void isSortedByNameWithNamespaces() {
    assertThat(printed(null, true, true))
        .isEqualTo(
            """
            NAMESPACE   NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   RESIDENT(bytes)   READ(B/s)   WRITE(B/s)   RX(B/s)   TX(B/s)
            lab         web    -            -        1024Mi          1024Mi            -           -            -         -
            shop        db     30m          1%       8192Mi          6656Mi            476Mi       4.0Ki        -         -
            shop        old    -            -        -               -                 -           -            -         -
            shop        web    1250m        63%      2048Mi          2048Mi            0           1.2Mi        12Ki      380
            """);
  }

  @Test
  void withoutNamespacesAndHeaders() {
    assertThat(printed(SortBy.CPU, false, false))
        .isEqualTo(
            """
            web   1250m   63%   2048Mi   2048Mi   0       1.2Mi   12Ki   380
            db    30m     1%    8192Mi   6656Mi   476Mi   4.0Ki   -      -
            web   -       -     1024Mi   1024Mi   -       -       -      -
            old   -       -     -        -        -       -       -      -
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "CPU, shop/web shop/db lab/web shop/old",
    "MEMORY, shop/db shop/web lab/web shop/old",
    "DISK, shop/db shop/web lab/web shop/old",
    "NETWORK, shop/web lab/web shop/db shop/old"
  })
  void theGreatestUserComesFirstAndWhoIsNotKnownLast(SortBy order, String names) {
    String seen =
        printed(order, true, false)
            .lines()
            .map(line -> line.split(" +")[0] + "/" + line.split(" +")[1])
            .reduce((one, other) -> one + " " + other)
            .orElse("");

    assertThat(seen).isEqualTo(names);
  }

  private static String printed(@Nullable SortBy order, boolean namespaces, boolean headers) {
    var printed = new StringWriter();
    new UsageTable(SHOP, order, namespaces).print(new PrintWriter(printed), headers);
    return printed.toString();
  }
}
