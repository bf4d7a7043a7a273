package dev.moult.cli.cluster;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.api.v1alpha1.ApiNames;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.cli.output.ObjectFormat;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.utils.YamlDumpSettingsBuilder;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A cluster and a namespace of it. All that goes wrong between here and the API server comes out as
 * a {@link KubernetesClientException}, for {@link Refusal} to explain, or a {@link CommandFailure}.
 */
public final class Cluster implements AutoCloseable {
  private static final String API_VERSION = ApiNames.GROUP + "/" + ApiNames.VERSION;
  private static final ResourceDefinitionContext VMS = context("VirtualMachine", "virtualmachines");
  private static final ResourceDefinitionContext UPDATES = context("LiveUpdate", "liveupdates");
  private static final ResourceDefinitionContext AUTOPSIES =
      context("VirtualMachineAutopsy", "virtualmachineautopsies");
  private static final PatchContext MERGE =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withFieldManager("kubectl-moult")
          // A field that the installed Moult does not know yet is an error, and not passed over.
          .withFieldValidation("Strict")
          .build();

  private final KubernetesClient client;
  private final KubernetesSerialization serialization;

  private Cluster(KubernetesClient client, KubernetesSerialization serialization) {
    this.client = client;
    this.serialization = serialization;
  }

  static Cluster of(Config config) {
    var mapper = new ObjectMapper();
    // A newer Moult may have phases that this plugin does not know.
    mapper.enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL);
    // Without a search for all types of Kubernetes, which costs a second.
    var serialization =
        new KubernetesSerialization(
            mapper, false, new YamlDumpSettingsBuilder().setMinimizeQuotes(true).build());
    return new Cluster(
        new KubernetesClientBuilder()
            .withConfig(config)
            .withKubernetesSerialization(serialization)
            .build(),
        serialization);
  }

  /** The namespace that the verb is about. */
  public String namespace() {
    return client.getNamespace();
  }

  /** Where the API server is, for messages. */
  public String server() {
    return client.getMasterUrl().toString();
  }

  /**
   * A virtual machine by its name.
   *
   * @throws CommandFailure if there is none; the message suggests names that are near
   */
  public Machine machine(String name) {
    GenericKubernetesResource raw = raw(VMS).inNamespace(namespace()).withName(name).get();
    if (raw == null) {
      requireMoult();
      throw notFound(name, this::machineNames);
    }
    return typed(raw);
  }

  private CommandFailure notFound(String name, Supplier<List<String>> others) {
    return new CommandFailure(
        "virtualmachines.moult.dev \""
            + name
            + "\" not found in namespace \""
            + namespace()
            + "\""
            + NearNames.suggestion(name, others));
  }

  private Machine typed(GenericKubernetesResource raw) {
    return new Machine(raw, serialization.convertValue(raw, VirtualMachine.class));
  }

  private List<String> machineNames() {
    return names(raw(VMS).inNamespace(namespace()).list().getItems());
  }

  private static List<String> names(List<GenericKubernetesResource> objects) {
    return objects.stream().map(object -> object.getMetadata().getName()).toList();
  }

  /** The virtual machines of the namespace, or of all namespaces. */
  public List<Machine> machines(boolean allNamespaces) {
    return list(VMS, allNamespaces).getItems().stream().map(this::typed).toList();
  }

  /**
   * Those of the namespace with these names.
   *
   * @throws CommandFailure if there is none with one of them; the message suggests names that are
   *     near
   */
  public List<Machine> machines(Set<String> names) {
    List<GenericKubernetesResource> all = list(VMS, false).getItems();
    List<String> there = names(all);
    for (String name : names) {
      if (!there.contains(name)) {
        throw notFound(name, () -> there);
      }
    }
    return all.stream()
        .filter(vm -> names.contains(vm.getMetadata().getName()))
        .map(this::typed)
        .toList();
  }

  /** The node agents, in Moult's own namespace. */
  public NodeAgents agents(String system) {
    return new NodeAgents(client, system);
  }

  /** A virtual machine to follow. */
  public Resource<VirtualMachine> vm(String name) {
    return client.resources(VirtualMachine.class).inNamespace(namespace()).withName(name);
  }

  /** A live update to follow. */
  public Resource<LiveUpdate> update(String name) {
    return client.resources(LiveUpdate.class).inNamespace(namespace()).withName(name);
  }

  /** An autopsy to follow. */
  public Resource<VirtualMachineAutopsy> autopsy(String name) {
    return client.resources(VirtualMachineAutopsy.class).inNamespace(namespace()).withName(name);
  }

  /** A pod to follow or attach to. */
  public PodResource pod(String name) {
    return client.pods().inNamespace(namespace()).withName(name);
  }

  /**
   * Changes fields of a virtual machine's spec.
   *
   * @return what it is now
   */
  public Machine patchSpec(String name, Map<String, ?> fields) {
    return typed(
        raw(VMS)
            .inNamespace(namespace())
            .withName(name)
            .patch(MERGE, serialization.asJson(Map.of("spec", fields))));
  }

  /** Creates a live update of the namespace. */
  public GenericKubernetesResource create(LiveUpdate update) {
    return raw(UPDATES)
        .inNamespace(namespace())
        .resource(serialization.convertValue(update, GenericKubernetesResource.class))
        .create();
  }

  /** Creates an autopsy of the namespace. */
  public GenericKubernetesResource create(VirtualMachineAutopsy autopsy) {
    return raw(AUTOPSIES)
        .inNamespace(namespace())
        .resource(serialization.convertValue(autopsy, GenericKubernetesResource.class))
        .create();
  }

  /** The live updates of the namespace, or of all namespaces. */
  public GenericKubernetesResourceList updates(boolean allNamespaces) {
    return list(UPDATES, allNamespaces);
  }

  private GenericKubernetesResourceList list(
      ResourceDefinitionContext objects, boolean allNamespaces) {
    try {
      return allNamespaces
          ? raw(objects).inAnyNamespace().list()
          : raw(objects).inNamespace(namespace()).list();
    } catch (KubernetesClientException e) {
      if (Refusal.isNotFound(e)) {
        requireMoult();
      }
      throw e;
    }
  }

  /** A live update by the API that this plugin knows. */
  public LiveUpdate asUpdate(GenericKubernetesResource raw) {
    return serialization.convertValue(raw, LiveUpdate.class);
  }

  /**
   * Looks whether the cluster has Moult's API at all, which anybody who is logged in may ask.
   *
   * @throws CommandFailure if it has not
   */
  public void requireMoult() {
    if (client.getApiResources(API_VERSION) == null) {
      throw new CommandFailure(
          "this cluster ("
              + server()
              + ") has no Moult: it does not serve "
              + API_VERSION
              + ". Install it, or choose another --context.");
    }
  }

  /** Prints an object as kubectl does with {@code -o}: without who has written which field. */
  public void print(HasMetadata object, ObjectFormat format, PrintWriter out) {
    object.getMetadata().setManagedFields(null);
    write(object, format, out);
  }

  /** Prints objects as kubectl does with {@code -o}. */
  public void print(List<GenericKubernetesResource> objects, ObjectFormat format, PrintWriter out) {
    if (format == ObjectFormat.NAME) {
      objects.forEach(object -> print(object, format, out));
      return;
    }
    objects.forEach(object -> object.getMetadata().setManagedFields(null));
    var list = new GenericKubernetesResourceList();
    list.setApiVersion("v1");
    list.setKind("List");
    list.setItems(objects);
    write(list, format, out);
  }

  private void write(Object object, ObjectFormat format, PrintWriter out) {
    switch (format) {
      case NAME -> out.println(nameOf((HasMetadata) object));
      case JSON -> out.println(serialization.asJson(object));
      case YAML -> out.print(serialization.asYaml(object).replaceFirst("^---\\R", ""));
    }
    out.flush();
  }

  /** Kind, group and name, as kubectl names an object in its messages. */
  public static String nameOf(HasMetadata object) {
    return object.getKind().toLowerCase(Locale.ROOT)
        + "."
        + ApiNames.GROUP
        + "/"
        + object.getMetadata().getName();
  }

  private MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      raw(ResourceDefinitionContext context) {
    return client.genericKubernetesResources(context);
  }

  private static ResourceDefinitionContext context(String kind, String plural) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(ApiNames.GROUP)
        .withVersion(ApiNames.VERSION)
        .withKind(kind)
        .withPlural(plural)
        .withNamespaced(true)
        .build();
  }

  @Override
  public void close() {
    client.close();
  }
}
