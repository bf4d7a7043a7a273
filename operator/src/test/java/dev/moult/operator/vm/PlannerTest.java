package dev.moult.operator.vm;

import dev.moult.operator.Story;
import dev.moult.operator.allowance.Allowance;
import dev.moult.operator.pod.PodImages;
import dev.moult.operator.pod.PodNames;
import dev.moult.operator.pod.RunSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlannerTest {
  private static final PodImages IMAGES = new PodImages("launcher:1", "qemu:default", "Always");

  static Stream<String> stories() throws IOException {
    return Story.names("vm");
  }

  @ParameterizedTest
  @MethodSource("stories")
  void plans(String name) throws IOException {
    var story = Story.read("vm", name);
    var digest = RunSpec.buildDigest(story.vm().getFirst().getSpec(), IMAGES);
    story.pods().stream()
        .map(pod -> pod.getMetadata().getAnnotations())
        .filter(annotations -> annotations != null)
        .forEach(a -> a.computeIfPresent(PodNames.BUILD, (k, v) -> v.equals("BUILD") ? digest : v));

    var plan =
        Planner.plan(
            new Seen(
                story.vm().getFirst(),
                story.pods(),
                story.updates(),
                story.node(),
                100_000,
                IMAGES,
                Allowance.UNLIMITED,
                story.claims(),
                story.attachments(),
                Duration.ofHours(72)),
            Story.NOW);

    var actions = Stream.concat(plan.first().stream(), plan.actions().stream()).toList();
    story.assertPlanned(plan.status(), actions, plan.wakeAt());
  }
}
