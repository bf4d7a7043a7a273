package dev.moult.api.v1alpha1;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** An object as a user would write it, and for an invalid one the words it is refused with. */
record Fixture(String name, String text) {
  private static final Path DIRECTORY = Path.of("src", "test", "resources", "fixtures");
  private static final String REFUSED = "# refused: ";

  static Stream<Fixture> all() {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.sorted().toList().stream().map(Fixture::read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Fixture read(Path file) {
    try {
      return new Fixture(file.getFileName().toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<GenericKubernetesResource> documents() {
    return Arrays.stream(text.split("(?m)^---$"))
        .map(document -> Serialization.unmarshal(document, GenericKubernetesResource.class))
        .toList();
  }

  String refusal() {
    return text.lines()
        .filter(line -> line.startsWith(REFUSED))
        .map(line -> line.substring(REFUSED.length()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(name + " has no line '" + REFUSED + "…'"));
  }

  @Override
  public String toString() {
    return name;
  }
}
