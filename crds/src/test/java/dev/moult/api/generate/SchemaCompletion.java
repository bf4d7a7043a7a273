package dev.moult.api.generate;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import dev.moult.api.v1alpha1.ListMapKeys;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import java.lang.annotation.Annotation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Walks a schema beside the records that it was made from and adds what the generator left out. */
final class SchemaCompletion {
  /** Bound of the lists in types taken from Kubernetes, which have none of their own. */
  private static final long BORROWED_MAX_ITEMS = 64;

  private SchemaCompletion() {}

  static void ofKind(Class<? extends CustomResource<?, ?>> kind, JSONSchemaProps schema) {
    ParameterizedType resource = (ParameterizedType) kind.getGenericSuperclass();
    Type[] specAndStatus = resource.getActualTypeArguments();
    Map<String, JSONSchemaProps> properties = schema.getProperties();
    ofTop((Class<?>) specAndStatus[0], property(properties, "spec"));
    ofTop((Class<?>) specAndStatus[1], property(properties, "status"));
  }

  private static void ofTop(Class<?> type, JSONSchemaProps schema) {
    schema.setDescription(type.getAnnotation(JsonClassDescription.class).value());
    ofRecord(type, schema);
  }

  private static void ofRecord(Class<?> type, JSONSchemaProps schema) {
    for (RecordComponent component : type.getRecordComponents()) {
      JSONSchemaProps property = property(schema.getProperties(), component.getName());
      // Annotations of a component sit on its field and on its accessor: the generator sees both.
      property.setXKubernetesValidations(
          new ArrayList<>(new LinkedHashSet<>(property.getXKubernetesValidations())));
      ofComponent(type, component, property);
    }
  }

  private static void ofComponent(
      Class<?> type, RecordComponent component, JSONSchemaProps property) {
    Class<?> raw = component.getType();
    if (raw.isRecord()) {
      ofRecord(raw, property);
    } else if (raw == List.class) {
      ofList(type, component, property);
    } else if (raw == Integer.class) {
      property.setFormat("int32");
    } else if (raw == Long.class) {
      property.setFormat("int64");
    } else if (raw == Quantity.class && "string".equals(property.getType())) {
      bound(type, component, property);
    } else if (BorrowedSchemas.has(raw)) {
      borrow(raw, property);
    }
  }

  /** The generator heeds {@code @Size} by the type in Java alone. */
  private static void bound(Class<?> type, RecordComponent component, JSONSchemaProps property) {
    Size size = declared(type, component, Size.class);
    if (size == null) {
      throw new IllegalStateException(
          type.getSimpleName() + "." + component.getName() + " needs @Size(max = …)");
    }
    property.setMinLength(size.min());
    property.setMaxLength(size.max());
  }

  private static void ofList(Class<?> type, RecordComponent component, JSONSchemaProps property) {
    ListMapKeys keys = declared(type, component, ListMapKeys.class);
    if (keys == null) {
      property.setXKubernetesListType("atomic");
    } else {
      property.setXKubernetesListType("map");
      property.setXKubernetesListMapKeys(Arrays.asList(keys.value()));
    }
    if (property.getMaxItems() == null) {
      throw new IllegalStateException(
          type.getSimpleName() + "." + component.getName() + " needs @Size(max = …)");
    }
    Class<?> item =
        (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
    JSONSchemaProps items = property.getItems().getSchema();
    if (item.isRecord()) {
      ofRecord(item, items);
    } else if (BorrowedSchemas.has(item)) {
      borrow(item, items);
    }
  }

  private static <A extends Annotation> @Nullable A declared(
      Class<?> type, RecordComponent component, Class<A> annotation) {
    try {
      return type.getDeclaredField(component.getName()).getAnnotation(annotation);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void borrow(Class<?> type, JSONSchemaProps schema) {
    JSONSchemaProps borrowed = BorrowedSchemas.of(type);
    schema.setProperties(borrowed.getProperties());
    schema.setRequired(borrowed.getRequired());
    schema.setXKubernetesMapType(borrowed.getXKubernetesMapType());
    boundBorrowedLists(schema);
  }

  /** Lists within types of Kubernetes are bounded, and typed where Kubernetes has not said. */
  private static void boundBorrowedLists(JSONSchemaProps schema) {
    if ("array".equals(schema.getType())) {
      if (schema.getXKubernetesListType() == null) {
        schema.setXKubernetesListType("atomic");
      }
      if (schema.getMaxItems() == null) {
        schema.setMaxItems(BORROWED_MAX_ITEMS);
      }
      boundBorrowedLists(schema.getItems().getSchema());
    }
    schema.getProperties().values().forEach(SchemaCompletion::boundBorrowedLists);
  }

  private static JSONSchemaProps property(Map<String, JSONSchemaProps> properties, String name) {
    JSONSchemaProps property = properties.get(name);
    if (property == null) {
      throw new IllegalStateException("no property " + name + " in the schema");
    }
    return property;
  }
}
