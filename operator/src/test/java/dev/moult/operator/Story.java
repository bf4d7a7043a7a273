package dev.moult.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.operator.cluster.Action;
import dev.moult.operator.disk.Claim;
import dev.moult.operator.disk.Claims;
import dev.moult.operator.network.Attachment;
import dev.moult.operator.network.Attachments;
import dev.moult.operator.node.NodeSight;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A planner's test as data: objects of {@code in-*.yaml} at one moment become the status and the
 * actions of {@code out-*.yaml}. What the objects have in common stands in {@code base.yaml}.
 *
 * @param name of the files
 * @param directory of the files
 * @param vm the virtual machine, if there is one
 * @param pods its pods
 * @param updates its LiveUpdates
 * @param claims PersistentVolumeClaims; one may say by whom it is used, which no claim does
 * @param attachments NetworkAttachmentDefinitions, if a CustomResourceDefinition says that there
 *     can be any
 * @param node the anchor's node; a usual one unless the story has a Node
 */
public record Story(
    String name,
    Path directory,
    List<VirtualMachine> vm,
    List<Pod> pods,
    List<LiveUpdate> updates,
    Claims claims,
    Attachments attachments,
    NodeSight node) {
  /** When every story is looked at. */
  public static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  private static final Path RESOURCES = Path.of("src/test/resources/dev/moult/operator");
  private static final TypeReference<TreeMap<String, Object>> TREE = new TypeReference<>() {};

  /** Names of all stories of a directory. */
  public static Stream<String> names(String directory) throws IOException {
    try (var files = Files.list(RESOURCES.resolve(directory))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.startsWith("in-"))
          .map(file -> file.substring(3, file.length() - ".yaml".length()))
          .sorted()
          .toList()
          .stream();
    }
  }

  /** Reads a story. */
  public static Story read(String directory, String name) throws IOException {
    var path = RESOURCES.resolve(directory);
    var base = Serialization.unmarshal(Files.readString(path.resolve("base.yaml")), TREE);
    var objects =
        Stream.of(Files.readString(path.resolve("in-" + name + ".yaml")).split("(?m)^---$"))
            .filter(document -> !document.isBlank())
            .map(document -> Serialization.unmarshal("---\n" + document, TREE))
            .map(object -> merged(base.get(String.valueOf(object.remove("like"))), object))
            .toList();
    return new Story(
        name,
        path,
        of(objects, "VirtualMachine", VirtualMachine.class),
        of(objects, "Pod", Pod.class),
        of(objects, "LiveUpdate", LiveUpdate.class),
        claims(of(objects, "PersistentVolumeClaim", PersistentVolumeClaim.class)),
        attachments(objects),
        of(objects, "Node", Node.class).stream()
            .findFirst()
            .map(Story::sight)
            .orElse(NodeSight.USUAL));
  }

  /**
   * Compares what was planned with {@code out-*.yaml}; with -Dmoult.generate=true it is written.
   */
  public void assertPlanned(Object status, List<Action> actions, Object wakeAt) throws IOException {
    var planned = new LinkedHashMap<String, Object>();
    planned.put("status", Serialization.unmarshal(Serialization.asJson(status), TREE));
    planned.put("actions", actions.stream().map(Story::told).toList());
    planned.put("wakeAt", wakeAt.toString());
    var yaml = Serialization.asYaml(planned);
    var file = directory.resolve("out-" + name + ".yaml");
    if (Boolean.getBoolean("moult.generate")) {
      Files.writeString(file, yaml);
    }
    assertThat(yaml)
        .as("%s; after a change that is meant: -Dmoult.generate=true, and look at the diff", file)
        .isEqualTo(Files.readString(file));
  }

  private static Claims claims(List<PersistentVolumeClaim> claims) {
    return new Claims(
        claims.stream().collect(Collectors.toMap(Story::name, Claim::of)),
        claims.stream()
            .filter(claim -> claim.getMetadata().getAnnotations() != null)
            .filter(claim -> claim.getMetadata().getAnnotations().containsKey("used-by"))
            .collect(
                Collectors.toMap(
                    Story::name, claim -> claim.getMetadata().getAnnotations().get("used-by"))));
  }

  private static Attachments attachments(List<Map<String, Object>> objects) {
    return new Attachments(
        of(objects, "NetworkAttachmentDefinition", GenericKubernetesResource.class).stream()
            .map(HasMetadata::getMetadata)
            .map(meta -> new Attachment.Definition(meta.getNamespace(), meta.getName()))
            .collect(Collectors.toSet()),
        objects.stream().anyMatch(o -> "CustomResourceDefinition".equals(o.get("kind"))));
  }

  /** A node may say since when it has had no agent, which no node does. */
  private static NodeSight sight(Node node) {
    var annotations = node.getMetadata().getAnnotations();
    return NodeSight.of(node)
        .withAgent(
            Optional.ofNullable(annotations)
                .map(a -> a.get("agent-away-since"))
                .map(Instant::parse));
  }

  private static String told(Action action) {
    return switch (action) {
      case Action.ApplyBudget a ->
          "budget of " + a.budget().getSpec().getMinAvailable().getIntVal();
      case Action.CreatePod a ->
          "create "
              + a.pod().getMetadata().getName()
              + " with cpu "
              + a.pod()
                  .getSpec()
                  .getContainers()
                  .getFirst()
                  .getResources()
                  .getRequests()
                  .get("cpu");
      case Action.HoldBack a -> "hold back: " + a.trouble().reason();
      case Action.DeletePod a ->
          "delete "
              + name(a.pod())
              + a.grace().map(g -> " within " + g).orElse("")
              + told(a.proviso())
              + a.proof().map(p -> ", as " + p.words()).orElse("");
      case Action.ReleasePod a -> "let go of " + name(a.pod()) + ", as " + a.proof().words();
      case Action.SetGuestGate a -> "gate of " + name(a.anchor()) + ": " + a.running();
      case Action.Relabel a -> "relabel " + name(a.anchor()) + ": " + a.change().labels();
      case Action.ResizeCpu a -> "resize " + name(a.pod()) + " to " + a.cpu();
      case Action.CreateUpdate a -> "create a LiveUpdate on " + a.node();
      case Action.AskForRoom a -> "ask whether " + name(a.full()) + " would be taken";
      case Action.DeleteUpdate a -> "delete LiveUpdate " + name(a.update());
    };
  }

  private static String told(Action.Proviso proviso) {
    return switch (proviso) {
      case Action.Proviso.None n -> "";
      case Action.Proviso.Loser l -> " if it is the loser of " + name(l.update());
      case Action.Proviso.Aside a -> " if " + name(a.vm()) + " is put aside";
      case Action.Proviso.Stray s -> " if it is a stray of " + name(s.vm());
    };
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getName();
  }

  private static <T> List<T> of(List<Map<String, Object>> objects, String kind, Class<T> type) {
    return objects.stream()
        .filter(object -> kind.equals(object.get("kind")))
        .map(object -> Serialization.unmarshal(Serialization.asJson(object), type))
        .toList();
  }

  /** Maps are merged, null removes, everything else is replaced. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> merged(@Nullable Object base, Map<String, Object> over) {
    var result = new TreeMap<String, Object>();
    if (base instanceof Map<?, ?> map) {
      result.putAll((Map<String, Object>) map);
    }
    over.forEach((key, value) -> {
      if (value == null) {
        result.remove(key);
      } else if (result.get(key) instanceof Map<?, ?> old && value instanceof Map) {
        result.put(key, merged(old, (Map<String, Object>) value));
      } else {
        result.put(key, value);
      }
    });
    return result;
  }
}
