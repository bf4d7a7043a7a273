package dev.moult.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeSightTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                                   | ANSWERS        | false
          {status: {conditions: [{type: Ready, status: 'True'}]}}              | ANSWERS        | false
          {status: {conditions: [{type: Ready, status: 'False'}]}}             | ANSWERS        | false
          {status: {conditions: [{type: Ready, status: Unknown}]}}             | SILENT         | false
          {status: {conditions: [{type: DiskPressure, status: Unknown}]}}      | ANSWERS        | false
          {spec: {unschedulable: true}}                                        | ANSWERS        | true
          {spec: {taints: [{key: node.kubernetes.io/unreachable}]}}            | ANSWERS        | false
          {spec: {taints: [{key: node.kubernetes.io/out-of-service}]}}         | OUT_OF_SERVICE | false
          {spec: {taints: [{key: node.kubernetes.io/out-of-service}]}, status: {conditions: [{type: Ready, status: Unknown}]}} | OUT_OF_SERVICE | false
          """,
      quoteCharacter = '"')
  void readsANode(String node, NodeState state, boolean cordoned) {
    var sight = NodeSight.of(Serialization.unmarshal("---\n" + node, Node.class));

    assertThat(sight).isEqualTo(new NodeSight(state, cordoned, Optional.empty()));
  }
}
