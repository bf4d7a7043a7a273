package dev.moult.qemu.machine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.qmp.QmpClient;
import dev.moult.qemu.qmp.QmpException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the guest sees of one vCPU, as QEMU realized it. QEMU's load does not compare it.
 *
 * @param path the vCPU's object in QEMU
 * @param properties such as {@code family}; only those that this QEMU has
 * @param words CPUID feature words, by leaf and register
 * @param filtered features that were wished and could not be given, the same way
 */
public record CpuFacts(
    String path,
    Map<String, String> properties,
    Map<String, Long> words,
    Map<String, Long> filtered) {

  private static final List<String> PROPERTIES =
      List.of(
          "family",
          "model",
          "stepping",
          "vendor",
          "model-id",
          "level",
          "xlevel",
          "phys-bits",
          "tsc-frequency");

  /** Most features that are named one by one when two CPUs differ. */
  private static final int MAX_NAMES = 2048;

  /** Copies the maps, sorted. */
  public CpuFacts {
    properties = Collections.unmodifiableMap(new TreeMap<>(properties));
    words = Collections.unmodifiableMap(new TreeMap<>(words));
    filtered = Collections.unmodifiableMap(new TreeMap<>(filtered));
  }

  /**
   * Reads the first and the last vCPU: all are built from one {@code -cpu}. About 25 commands of
   * well under a millisecond.
   */
  public static List<CpuFacts> read(QmpClient qemu) throws QmpException, InterruptedException {
    JsonNode cpus = qemu.queryCpus();
    List<CpuFacts> facts = new ArrayList<>();
    if (!cpus.isEmpty()) {
      facts.add(read(qemu, cpus.path(0).path("qom-path").asText("")));
    }
    if (cpus.size() > 1) {
      facts.add(read(qemu, cpus.path(cpus.size() - 1).path("qom-path").asText("")));
    }
    return facts;
  }

  private static CpuFacts read(QmpClient qemu, String path)
      throws QmpException, InterruptedException {
    Map<String, String> properties = new TreeMap<>();
    for (String name : PROPERTIES) {
      try {
        properties.put(name, qemu.qomGet(path, name).asText(""));
      } catch (QmpException.Refused e) {
        continue; // this QEMU has no such property
      }
    }
    return new CpuFacts(
        path,
        properties,
        words(qemu.qomGet(path, "feature-words")),
        words(qemu.qomGet(path, "filtered-features")));
  }

  static Map<String, Long> words(JsonNode list) {
    Map<String, Long> words = new TreeMap<>();
    for (JsonNode word : list) {
      JsonNode leaf = word.path("cpuid-input-ecx");
      words.put(
          "CPUID 0x%x%s %s"
              .formatted(
                  word.path("cpuid-input-eax").asLong(),
                  leaf.isNumber() ? "." + leaf.asLong() : "",
                  word.path("cpuid-register").asText("?")),
          word.path("features").asLong());
    }
    return words;
  }

  /**
   * What differs besides the features.
   *
   * @param a the running QEMU's vCPU
   * @param b the new one's
   */
  public static List<Difference> properties(CpuFacts a, CpuFacts b) {
    List<Difference> differences = new ArrayList<>();
    a.properties()
        .forEach((name, value) -> {
          String other = b.properties().get(name);
          if (other != null && !other.equals(value)) {
            differences.add(new Difference("CPU " + name, value, other));
          }
        });
    return List.copyOf(differences);
  }

  /** The CPUID words that differ; {@link #names} says in which features. */
  public static List<Difference> words(CpuFacts a, CpuFacts b) {
    List<Difference> differences = new ArrayList<>();
    compare("CPU features of ", a.words(), b.words(), differences);
    compare("filtered CPU features of ", a.filtered(), b.filtered(), differences);
    return List.copyOf(differences);
  }

  /** A word that one version alone knows must be empty there. */
  private static void compare(
      String what, Map<String, Long> a, Map<String, Long> b, List<Difference> differences) {
    TreeMap<String, Long> all = new TreeMap<>(a);
    b.forEach(all::putIfAbsent);
    for (String word : all.keySet()) {
      long left = a.getOrDefault(word, 0L);
      long right = b.getOrDefault(word, 0L);
      if (left != right) {
        differences.add(
            new Difference(
                what + word, "0x" + Long.toHexString(left), "0x" + Long.toHexString(right)));
      }
    }
  }

  /** Whether B lacks a feature that A has. */
  public static boolean lacks(CpuFacts a, CpuFacts b) {
    return a.words().entrySet().stream()
        .anyMatch(word -> (word.getValue() & ~b.words().getOrDefault(word.getKey(), 0L)) != 0);
  }

  /**
   * The features by QEMU's names that are not the same in both: asked one by one, so only when they
   * are known to differ.
   */
  public static List<Difference> names(QmpClient a, CpuFacts ofA, QmpClient b, CpuFacts ofB)
      throws QmpException, InterruptedException {
    List<Difference> differences = new ArrayList<>();
    int asked = 0;
    for (JsonNode property : a.qomList(ofA.path())) {
      if (!property.path("type").asText().equals("bool") || ++asked > MAX_NAMES) {
        continue;
      }
      String name = property.path("name").asText();
      try {
        boolean left = a.qomGet(ofA.path(), name).asBoolean();
        boolean right = b.qomGet(ofB.path(), name).asBoolean();
        if (left != right) {
          differences.add(
              new Difference("CPU feature " + name, left ? "on" : "off", right ? "on" : "off"));
        }
      } catch (QmpException.Refused e) {
        continue; // a name that one version alone knows: the words have it
      }
    }
    return differences;
  }
}
