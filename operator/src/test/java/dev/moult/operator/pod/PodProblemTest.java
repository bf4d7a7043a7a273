package dev.moult.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodProblemTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: 0/1 Insufficient memory}]} | INSUFFICIENT_MEMORY | web: Unschedulable: 0/1 Insufficient memory
          {conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: 0/1 Insufficient hugepages-2Mi}]} | INSUFFICIENT_HUGE_PAGES | web: Unschedulable: 0/1 Insufficient hugepages-2Mi
          {conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: 0/1 Insufficient cpu}]} | UNSCHEDULABLE | web: Unschedulable: 0/1 Insufficient cpu
          {containerStatuses: [{state: {waiting: {reason: ErrImagePull, message: not found}}}]} | IMAGE_PULL_FAILED | web: ErrImagePull: not found
          {containerStatuses: [{state: {waiting: {reason: ImagePullBackOff}}}]} | IMAGE_PULL_FAILED | web: ImagePullBackOff
          {containerStatuses: [{state: {waiting: {reason: CreateContainerError, message: no such file}}}]} | POD_START_FAILED | web: CreateContainerError: no such file
          {containerStatuses: [{state: {terminated: {reason: Error, exitCode: 137}}}]} | VMM_EXITED | web: Error (exit code 137)
          {phase: Failed, reason: OutOfcpu, message: node has no cpu} | POD_START_FAILED | web: OutOfcpu: node has no cpu
          """)
  void isToldInThePodsOwnWords(String status, Reason reason, String message) {
    assertThat(PodProblem.of(pod(status))).contains(new PodProblem(reason, message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}
          {conditions: [{type: PodScheduled, status: "True"}]}
          {containerStatuses: [{state: {waiting: {reason: ContainerCreating}}}]}
          {containerStatuses: [{state: {running: {}}}]}
          {phase: Succeeded, containerStatuses: [{state: {terminated: {exitCode: 0}}}]}
          """)
  void isNoneWhileAllIsWell(String status) {
    assertThat(PodProblem.of(pod(status))).isEmpty();
  }

  private static Pod pod(String status) {
    return Serialization.unmarshal(
        "---\n{metadata: {name: web}, status: " + status + "}", Pod.class);
  }
}
