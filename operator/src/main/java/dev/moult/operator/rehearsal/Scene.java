package dev.moult.operator.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.pod.PodImages;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The objects that a rehearsal plays with.
 *
 * @param vm a guest in the midst of its update
 * @param update that update
 */
record Scene(VirtualMachine vm, LiveUpdate update) {
  /** No images: nothing is ever started from them. */
  static final PodImages IMAGES = new PodImages("launcher", "new", "IfNotPresent");

  /** Fresh ones each time: a play changes them. */
  static Scene read() {
    try (var scene = Scene.class.getResourceAsStream("scene.json")) {
      var text = new String(Objects.requireNonNull(scene).readAllBytes(), StandardCharsets.UTF_8);
      var tree = Serialization.unmarshal(text, JsonNode.class);
      return new Scene(
          Serialization.unmarshal(tree.get("vm").toString(), VirtualMachine.class),
          Serialization.unmarshal(tree.get("update").toString(), LiveUpdate.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
