package dev.moult.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ViewerTest {
  @TempDir Path directory;

  @Test
  void theBestOfThePathIsTaken() throws IOException {
    Path tiger = program("one", "vncviewer");
    assertThat(Viewer.find(path())).contains(new Viewer(tiger));
    Path unused = Files.createFile(directory.resolve("one").resolve("remote-viewer"));
    assertThat(Viewer.find(path())).as("what cannot be run").contains(new Viewer(tiger));

    Path remote = program("two", "remote-viewer");

    assertThat(Viewer.find(path())).contains(new Viewer(remote));
    assertThat(new Viewer(remote).command(5901))
        .containsExactly(remote.toString(), "vnc://127.0.0.1:5901");
    assertThat(new Viewer(tiger).command(5901))
        .containsExactly(tiger.toString(), "-shared", "127.0.0.1::5901");
  }

  @Test
  void withoutAnyThereIsNone() {
    assertThat(Viewer.find("")).isEmpty();
    assertThat(Viewer.find(path())).isEmpty();
  }

  private String path() {
    return directory.resolve("one") + "::" + directory.resolve("two");
  }

  private Path program(String in, String name) throws IOException {
    Path file = Files.createDirectories(directory.resolve(in)).resolve(name);
    Files.writeString(file, "#!/bin/sh\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
