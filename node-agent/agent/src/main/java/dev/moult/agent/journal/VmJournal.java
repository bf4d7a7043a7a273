package dev.moult.agent.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moult.qemu.machine.FrozenMachine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The journal of one VM: {@code run.json}, {@code update.json}, {@code verdict}, and a directory
 * for each VMM pod's sockets. One thread writes it, under the node's lock. A file is replaced as a
 * whole; the verdict is made once and never replaced. What decides about a guest is preallocated
 * when an update begins: a file system that is full then cannot keep it from being written.
 */
public final class VmJournal {

  // What a newer agent wrote beside is no reason to leave a handoff where it stands.
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  // But a machine must not be built again without something that it had.
  private static final ObjectMapper STRICT = new ObjectMapper();
  // Raised when an older agent must not act on what it reads; absent in the first files.
  static final int FORMAT = 1;
  // Of the record of an update whose guest is asleep: who does not know that would wake it.
  static final int SLEEPER_FORMAT = 2;
  // Of the record of a run whose guest is put aside: who does not know that would start it anew.
  static final int SUSPEND_FORMAT = 3;
  private static final String FORMAT_FIELD = "format";
  private static final String RUN = "run.json";
  private static final String MACHINE = "machine";
  private static final String UPDATE = "update.json";
  private static final String VERDICT = "verdict";
  // Made when an update begins, so that a full file system cannot keep a verdict from being
  // written.
  private static final String PREPARED = "verdict.prepared";
  private static final String SPARE = "verdict.spare";
  private static final int VERDICT_BYTES = 128;
  // Renamed, which needs no room, when B has refused to run.
  private static final String REFUSED = "cont-refused";
  private static final String REFUSED_PREPARED = "cont-refused.prepared";
  // Given up when the file system is full, so that how an update went can be written all the same.
  private static final String RESERVE = "reserve";
  private static final int RESERVE_BYTES = 64 * 1024;

  private final Path directory;

  VmJournal(Path directory) {
    this.directory = directory;
  }

  /** The VM that this is about. */
  public String vmUid() {
    return directory.getFileName().toString();
  }

  /** Where it lies. */
  public Path directory() {
    return directory;
  }

  /** The run; empty when there is none. */
  public Optional<RunRecord> run() throws IOException {
    return read(RUN, RunRecord.class);
  }

  /** Replaces the run. */
  public void save(RunRecord run) throws IOException {
    write(RUN, run);
  }

  /** The update under way, or over and not yet told; empty when there is none. */
  public Optional<UpdateRecord> update() throws IOException {
    return read(UPDATE, UpdateRecord.class)
        .map(update -> Files.exists(directory.resolve(REFUSED)) ? update.refusedCont() : update);
  }

  /**
   * Begins an update: from here on a verdict can be written even if the file system is full.
   *
   * @throws IOException when it cannot begin; nothing was touched then, and nothing is left
   */
  public void begin(UpdateRecord update) throws IOException {
    if (update().filter(other -> other.result() == null).isPresent()) {
      throw new IllegalStateException("an update is under way, it must be settled first");
    }
    endUpdate();
    try {
      prepare(update);
    } catch (IOException e) {
      endUpdate();
      throw e;
    }
  }

  private void prepare(UpdateRecord update) throws IOException {
    Files.createDirectories(directory);
    Files.write(directory.resolve(PREPARED), new byte[VERDICT_BYTES]);
    Files.write(directory.resolve(SPARE), new byte[1]);
    Files.write(directory.resolve(REFUSED_PREPARED), new byte[1]);
    Files.write(directory.resolve(RESERVE), new byte[RESERVE_BYTES]);
    replace(UPDATE, update);
  }

  /** Notes for good that B has answered {@code cont} with an error; needs no room. */
  public void contRefused() throws IOException {
    Files.move(
        directory.resolve(REFUSED_PREPARED),
        directory.resolve(REFUSED),
        StandardCopyOption.ATOMIC_MOVE);
  }

  /** Replaces the record of the update under way. */
  public void save(UpdateRecord update) throws IOException {
    write(UPDATE, update);
  }

  /** Forgets the update: its result is told, or it was refused before anything was touched. */
  public void endUpdate() throws IOException {
    // The record first: without it the rest says nothing.
    for (String name :
        List.of(UPDATE, VERDICT, PREPARED, SPARE, REFUSED, REFUSED_PREPARED, RESERVE)) {
      Files.deleteIfExists(directory.resolve(name));
    }
  }

  /** The verdict about that update. One about another is not a verdict about this. */
  public Verdict verdict(String updateUid) throws IOException {
    try {
      return verdictIn(Files.readAllBytes(directory.resolve(VERDICT)), updateUid);
    } catch (NoSuchFileException e) {
      return Verdict.NONE;
    }
  }

  static Verdict verdictIn(byte[] text, String updateUid) throws IOException {
    String[] words = new String(text, StandardCharsets.UTF_8).strip().split(" ", -1);
    // What a newer agent may have written behind is not the verdict.
    if (words.length < 2 || !words[1].equals(updateUid)) {
      return Verdict.NONE;
    }
    for (Verdict verdict : Verdict.values()) {
      if (verdict.name().equals(words[0])) {
        return verdict;
      }
    }
    throw new IOException("a verdict that is none");
  }

  /**
   * Writes the verdict, unless there is one. The bytes go into a page that the file system has
   * given already; the name appears at once and exclusively (link), and before this returns.
   *
   * @return the verdict that stands
   */
  public Verdict decide(Verdict verdict, String updateUid) throws IOException {
    String line = verdict + " " + updateUid + "\n";
    var bytes =
        ByteBuffer.wrap(
            (line + " ".repeat(VERDICT_BYTES - line.length())).getBytes(StandardCharsets.UTF_8));
    Path prepared = directory.resolve(PREPARED);
    try (var file = FileChannel.open(prepared, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        var unused = file.write(bytes);
      }
      // Not forced to a disk: it must outlive processes, and dies with the node as all QEMUs do.
    }
    Files.deleteIfExists(directory.resolve(SPARE));
    try {
      Files.createLink(directory.resolve(VERDICT), prepared);
    } catch (FileAlreadyExistsException e) {
      return verdict(updateUid);
    }
    Files.delete(prepared);
    return verdict;
  }

  /** What is kept of a guest that is put aside. */
  public SavedState savedState() {
    return new SavedState(directory);
  }

  /** Where a QEMU's monitor listens; its directory is made. */
  public Path qmpSocket(String vmmPodUid) throws IOException {
    return Files.createDirectories(directory.resolve(vmmPodUid)).resolve("qmp.sock");
  }

  /** Where a QEMU's channel to the guest agent listens; its directory is made. */
  public Path guestAgentSocket(String vmmPodUid) throws IOException {
    return Files.createDirectories(directory.resolve(vmmPodUid)).resolve("ga.sock");
  }

  /** Removes what belongs to one QEMU. */
  public void forgetVmm(String vmmPodUid) throws IOException {
    delete(directory.resolve(vmmPodUid));
  }

  /** Removes all of it: no pod of the VM is left on this node. */
  public void forget() throws IOException {
    delete(directory);
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(path)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.deleteIfExists(each);
    }
  }

  /** Reads one of the journal's files; what is not whole is refused, not found out later. */
  static <T> T parse(byte[] text, Class<T> type) throws IOException {
    JsonNode tree = JSON.readTree(text);
    int format = tree.path(FORMAT_FIELD).asInt(FORMAT);
    if (format > SUSPEND_FORMAT) {
      throw new IOException(
          "a newer agent wrote it (format "
              + format
              + ", this one reads up to "
              + SUSPEND_FORMAT
              + ")");
    }
    @Nullable T value = JSON.treeToValue(tree, type);
    if (tree.hasNonNull(MACHINE)) {
      var unused = STRICT.treeToValue(tree.get(MACHINE), FrozenMachine.class);
    }
    if (value == null || (value instanceof UpdateRecord update && !update.isWhole())) {
      throw new IOException("the journal holds half of a " + type.getSimpleName());
    }
    return value;
  }

  static byte[] text(Object value) throws IOException {
    int format =
        switch (value) {
          case UpdateRecord update when update.asleep() -> SLEEPER_FORMAT;
          case RunRecord run when run.isSuspending() -> SUSPEND_FORMAT;
          default -> FORMAT;
        };
    ObjectNode tree = JSON.createObjectNode().put(FORMAT_FIELD, format);
    return JSON.writeValueAsBytes(tree.setAll((ObjectNode) JSON.valueToTree(value)));
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    try {
      return Optional.of(parse(Files.readAllBytes(directory.resolve(name)), type));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new IOException(
          "journal of " + vmUid() + ": " + name + " is not readable: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IOException("journal of " + vmUid() + ": " + name + ": " + e.getMessage(), e);
    }
  }

  private void write(String name, Object value) throws IOException {
    try {
      replace(name, value);
    } catch (IOException e) {
      if (!Files.deleteIfExists(directory.resolve(RESERVE))) {
        throw e;
      }
      replace(name, value);
    }
  }

  private void replace(String name, Object value) throws IOException {
    Replacement.write(directory, name, text(value));
  }
}
