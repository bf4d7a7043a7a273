package dev.moult.api.generate;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/** A CRD as YAML text, the same for the same CRD. */
final class CrdYaml {
  private static final String HEADER =
      "# Made from the records in crds/src/main/java: change those, then run\n"
          + "#   ./mvnw -pl crds test -Dmoult.generate=true\n";

  private CrdYaml() {}

  static String of(CustomResourceDefinition crd) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setWidth(120);
    options.setSplitLines(true);
    return HEADER
        + new Yaml(options).dump(plain(new KubernetesSerialization().convertValue(crd, Map.class)));
  }

  /** Whole numbers without a fraction: the schema's bounds are doubles in the model. */
  private static Object plain(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, entry) -> copy.put(key, plain(entry)));
        yield copy;
      }
      case List<?> list -> list.stream().map(CrdYaml::plain).toList();
      case Double number when number == Math.rint(number) -> number.longValue();
      default -> value;
    };
  }
}
