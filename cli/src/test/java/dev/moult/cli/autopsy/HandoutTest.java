package dev.moult.cli.autopsy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.cli.cluster.CommandFailure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken from who hands out a guest's memory; he may be hostile. */
class HandoutTest {
  @Test
  void aLineAndSoManyBytes() throws Exception {
    InputStream in = in("{\"bytes\":5,\"remarks\":[\"a\\u001bb\"],\"later\":1}\nhello and more");
    var out = new ByteArrayOutputStream();

    Handout handout = Handout.begin(in);
    handout.copy(in, out);

    assertThat(handout.remarks()).containsExactly("a\u00b7b");
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("hello");
  }

  @Test
  void aRefusalIsTold() {
    assertThatThrownBy(() -> Handout.begin(in("{\"error\":\"the guest runs\"}\n")))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("not handed out: the guest runs");
  }

  @Test
  void lessThanWasPromisedIsAFailure() throws Exception {
    InputStream in = in("{\"bytes\":10}\nhello");
    Handout handout = Handout.begin(in);

    assertThatThrownBy(() -> handout.copy(in, new ByteArrayOutputStream()))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("it ended after 5 of 10 bytes");
  }

  @Test
  void nobodyThere() {
    assertThatThrownBy(() -> Handout.begin(in(""))).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> Handout.begin(in("{\"by"))).isInstanceOf(EOFException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\n", "no json\n", "[]\n", "{}\n", "{\"bytes\":-1}\n", "{\"bytes\":1e30}\n"})
  void whatIsNoSuchLine(String line) {
    assertThatThrownBy(() -> Handout.begin(in(line)))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("breaks the protocol");
  }

  @Test
  void aLineWithoutEnd() {
    assertThatThrownBy(() -> Handout.begin(in("x".repeat(70_000))))
        .hasMessageContaining("breaks the protocol");
  }

  @Test
  void theClusterHasTheKeysDigestAlone() {
    Key key = Key.make();

    assertThat(key.text()).matches("[0-9a-f]{64}").isNotEqualTo(Key.make().text());
    assertThat(key.sha256()).matches("[0-9a-f]{64}").isNotEqualTo(key.text());
    assertThat(new Key("abc").sha256())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(key).hasToString("a key");
  }

  private static InputStream in(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
