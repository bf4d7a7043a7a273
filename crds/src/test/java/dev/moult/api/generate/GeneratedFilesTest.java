package dev.moult.api.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The committed files are what the model says; with -Dmoult.generate=true they are written. */
class GeneratedFilesTest {
  private static final Path CRDS = Path.of("generated");
  private static final Path DOCS = Path.of("..", "docs");

  @Test
  void virtualMachineCrd() throws IOException {
    agrees(
        CRDS.resolve("virtualmachines.moult.dev.yaml"),
        CrdYaml.of(new CrdGenerator(VirtualMachine.class).generate()));
  }

  @Test
  void liveUpdateCrd() throws IOException {
    agrees(
        CRDS.resolve("liveupdates.moult.dev.yaml"),
        CrdYaml.of(new CrdGenerator(LiveUpdate.class).generate()));
  }

  @Test
  void autopsyCrd() throws IOException {
    agrees(
        CRDS.resolve("virtualmachineautopsies.moult.dev.yaml"),
        CrdYaml.of(new CrdGenerator(VirtualMachineAutopsy.class).generate()));
  }

  @Test
  void conditionsPage() throws IOException {
    agrees(DOCS.resolve("conditions.md"), new ConditionsPage().render());
  }

  private static void agrees(Path file, String text) throws IOException {
    if (Boolean.getBoolean("moult.generate")) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, text);
    }
    assertThat(file)
        .as("%s differs from the model: run ./mvnw -pl crds test -Dmoult.generate=true", file)
        .hasContent(text);
  }
}
