package dev.moult.qemu.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class QmpMessageTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void readsAnEventWithItsTime() throws Exception {
    var message =
        read(
            "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 2, \"microseconds\": 3},"
                + " \"data\": 7}");
    assertThat(message)
        .isInstanceOfSatisfying(
            QmpMessage.Event.class,
            event -> {
              assertThat(event.name()).isEqualTo("STOP");
              assertThat(event.micros()).isEqualTo(2_000_003);
              assertThat(event.data()).isEmpty();
            });
  }

  @Test
  void refusesEventsThatAreNoneOfQemus() {
    refused("{\"event\": \"" + QmpEvent.CLOSED + "\"}");
    refused("{\"event\": \"" + "E".repeat(65) + "\"}");
    refused("{\"event\": \"STOP\", \"data\": {\"a\": \"" + "x".repeat(5000) + "\"}}");
    refused("{}");
  }

  private static void refused(String line) {
    assertThatThrownBy(() -> read(line)).isInstanceOf(QmpException.Protocol.class);
  }

  private static QmpMessage read(String line) throws Exception {
    return QmpMessage.of(JSON.readTree(line), line.length());
  }
}
