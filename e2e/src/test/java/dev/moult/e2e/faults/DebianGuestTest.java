package dev.moult.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.moult.api.v1alpha1.DiskSpec;
import dev.moult.api.v1alpha1.VirtualMachine;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The manifest of Debian in the fault runs, as cloud-init will read it. */
final class DebianGuestTest {

  @Test
  void theProgramIsWhatCloudInitWritesAndStarts() throws Exception {
    JsonNode seed = seed();

    JsonNode file = seed.at("/write_files/0");
    var program =
        new String(
            Base64.getDecoder().decode(file.at("/content").asText()), StandardCharsets.UTF_8);
    assertThat(program).startsWith("#!/usr/bin/python3\n");
    assertThat(seed.at("/runcmd/0").toString()).contains(file.at("/path").toString());
    assertThat(seed.at("/hostname").asText()).isEqualTo("f1-2");
  }

  @Test
  void nothingIsLeftToFillIn() throws Exception {
    assertThat(new DebianGuest().manifest("f1")).doesNotContainPattern("@[A-Z]+@");
  }

  private static JsonNode seed() throws Exception {
    var manifest = new DebianGuest().manifest("f1-2");
    var vm =
        Serialization.unmarshal(manifest.substring(manifest.indexOf("---")), VirtualMachine.class);
    var seed =
        vm.getSpec().disks().stream()
            .map(DiskSpec::cloudInit)
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow();
    return new YAMLMapper().readTree(seed.userData());
  }
}
