package dev.moult.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoomTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # containers add up: 500m of 1000m are left
          {containers: [{name: a, resources: {requests: {cpu: 300m}}}, {name: b, resources: {requests: {cpu: 200m}}}]} | {} | 500m | true
          {containers: [{name: a, resources: {requests: {cpu: 300m}}}, {name: b, resources: {requests: {cpu: 200m}}}]} | {} | 501m | false
          # the largest init container, if it is more
          {initContainers: [{name: i, resources: {requests: {cpu: 800m}}}], containers: [{name: a}]} | {} | 300m | false
          # the runtime's overhead
          {overhead: {cpu: 100m}, containers: [{name: a, resources: {requests: {cpu: 500m}}}]} | {} | 450m | false
          # during a resize the larger of the wished and the given
          {containers: [{name: a, resources: {requests: {cpu: 10m}}}]} | {containerStatuses: [{name: a, resources: {requests: {cpu: 600m}}}]} | 500m | false
          # a pod without requests
          {containers: [{name: a}]} | {} | 1 | true
          """)
  void countsAsTheSchedulerDoes(String spec, String status, String cpu, boolean fits) {
    var pod =
        Serialization.unmarshal("---\n{spec: " + spec + ", status: " + status + "}", Pod.class);

    assertThat(Room.fits(new Quantity("1"), List.of(pod), new Quantity(cpu))).isEqualTo(fits);
  }
}
