package dev.moult.operator.update;

import dev.moult.operator.Story;
import dev.moult.operator.pod.PodImages;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UpdatePlannerTest {
  private static final PodImages IMAGES = new PodImages("launcher:1", "qemu:default", "Always");

  static Stream<String> stories() throws IOException {
    return Story.names("update");
  }

  @ParameterizedTest
  @MethodSource("stories")
  void plans(String name) throws IOException {
    var story = Story.read("update", name);

    var plan =
        UpdatePlanner.plan(
            new UpdateSeen(
                story.updates().getFirst(),
                story.vm().stream().findFirst(),
                story.pods(),
                story.node(),
                name.startsWith("second"),
                !name.contains("full-node"),
                Optional.empty(),
                Optional.empty(),
                IMAGES),
            Story.NOW);

    story.assertPlanned(plan.status(), plan.actions(), plan.wakeAt());
  }
}
