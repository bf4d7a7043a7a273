package dev.moult.broker.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.wire.Traffic;
import org.junit.jupiter.api.Test;

class TapTrafficTest {
  private static final String TABLE =
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
          lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
        eth0: 9999999   99999    9    9    9     9          9         9  8888888   88888    8    8    8     8       8          8
        tap0:1468       17    1    2    0     0          0         0     3000      20    3    4    0     0       0          0
      """;

  @Test
  void whatTheTapReceivesTheGuestHasSent() {
    assertThat(TapTraffic.parse(TABLE))
        .isEqualTo(new Traffic(new Traffic.Way(3000, 20, 3, 4), new Traffic.Way(1468, 17, 1, 2)));
  }

  @Test
  void theCardsOfAGuestAreToldTogether() {
    String two =
        TABLE
            + "    tap1: 2 3 4 5     0          0         0     0     100     200    300    400    0     0       0          0\n"
            + "    net1: 9 9 9 9     9          9         9     9       9       9      9      9    9     9       9          9\n";

    assertThat(TapTraffic.parse(two))
        .isEqualTo(
            new Traffic(new Traffic.Way(3100, 220, 303, 404), new Traffic.Way(1470, 20, 5, 7)));
  }

  @Test
  void aGuestWithoutANetworkHasNone() {
    assertThat(TapTraffic.parse(TABLE.replace("tap0", "tape"))).isNull();
    assertThat(TapTraffic.parse("tap0: 1 2 3\n")).isNull();
    assertThat(TapTraffic.parse("")).isNull();
  }
}
