package dev.moult.api.generate;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Fabric8's generator, and what it leaves out: list types, the order of columns, the description of
 * the kind, {@code required: [spec]}.
 */
final class CrdGenerator {
  private final Class<? extends CustomResource<?, ?>> kind;

  CrdGenerator(Class<? extends CustomResource<?, ?>> kind) {
    this.kind = kind;
  }

  /** The CRD of the kind, ready to be committed. */
  CustomResourceDefinition generate() {
    List<CustomResourceDefinition> made = new ArrayList<>();
    new CRDGenerator()
        .customResourceClasses(kind)
        .forCRDVersions("v1")
        .withParallelGenerationEnabled(false)
        .withOutput(new Nowhere())
        .withPostProcessor(
            new CRDPostProcessor() {
              @Override
              public HasMetadata process(HasMetadata crd, String version) {
                made.add((CustomResourceDefinition) crd);
                return crd;
              }
            })
        .detailedGenerate();
    CustomResourceDefinition crd = made.getFirst();
    CustomResourceDefinitionVersion version = crd.getSpec().getVersions().getFirst();
    sortColumns(version);
    JSONSchemaProps schema = version.getSchema().getOpenAPIV3Schema();
    schema.setDescription(kind.getAnnotation(JsonClassDescription.class).value());
    schema.setRequired(List.of("spec"));
    SchemaCompletion.ofKind(kind, schema);
    return crd;
  }

  /** Fabric8 sorts them by path; a reader sees them in the order of the annotations. */
  private void sortColumns(CustomResourceDefinitionVersion version) {
    List<String> names =
        Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
            .map(AdditionalPrinterColumn::name)
            .toList();
    List<CustomResourceColumnDefinition> columns =
        new ArrayList<>(version.getAdditionalPrinterColumns());
    columns.sort(Comparator.comparing(column -> names.indexOf(column.getName())));
    version.setAdditionalPrinterColumns(columns);
  }

  /** The generator insists on writing somewhere; the object is taken from the post-processor. */
  private static final class Nowhere implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {
    @Override
    public ByteArrayOutputStream outputFor(String crdName) {
      return new ByteArrayOutputStream();
    }

    @Override
    public URI crdURI(String crdName) {
      return URI.create("file:/" + crdName);
    }

    @Override
    public void close() {}
  }
}
