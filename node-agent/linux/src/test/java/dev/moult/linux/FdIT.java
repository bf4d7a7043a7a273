package dev.moult.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FdIT {
  @Test
  void closesOnceAndHasNoNumberAfterwards() throws Exception {
    // Given
    Pipe pipe = Pipe.open();
    int number = pipe.reader().number();
    Path link = Path.of("/proc/self/fd/" + number);
    String target = Files.readSymbolicLink(link).toString();

    // When
    pipe.reader().close();
    pipe.reader().close();

    // Then
    assertThat(pipe.reader().isOpen()).isFalse();
    assertThatThrownBy(() -> pipe.reader().number()).isInstanceOf(IllegalStateException.class);
    // Another thread may have the number already, but not of this pipe's reading end.
    assertThat(Files.isSymbolicLink(link) && Files.readSymbolicLink(link).toString().equals(target))
        .isFalse();
    pipe.close();
  }

  @Test
  void aSecondOwnerIsFound() throws Exception {
    // Given
    Pipe pipe = Pipe.open();
    Fd high = pipe.reader().dupAtLeast(900);
    Fd second = Fd.adopt(high.number());
    high.close();

    // When, Then
    assertThatThrownBy(second::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("second owner");
    pipe.close();
  }

  @Test
  void duplicatesAreCloseOnExecAndIndependent() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      // When
      Fd copy = pipe.writer().dupAtLeast(700);

      // Then
      assertThat(copy.number()).isGreaterThanOrEqualTo(700);
      assertThat(FileControl.isCloseOnExec(copy)).isTrue();
      copy.close();
      assertThat(pipe.writer().isOpen()).isTrue();
      assertThat(FileControl.accessMode(pipe.writer())).isEqualTo(FileControl.AccessMode.WRITE);
    }
  }

  @Test
  void releasedAndUnownedStayOpen() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      // Given
      Fd copy = pipe.reader().dup();

      // When
      int number = copy.release();
      Fd.unowned(number).close();

      // Then
      try (Fd again = Fd.adopt(number)) {
        assertThat(FileControl.statusFlags(again)).isGreaterThanOrEqualTo(0);
      }
    }
  }
}
