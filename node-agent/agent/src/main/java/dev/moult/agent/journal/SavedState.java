package dev.moult.agent.journal;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.qemu.machine.MachineFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a guest that is put aside, beside its RAM: the state that QEMU wrote, and what
 * hardware it was. QEMU has no checksum and takes what it is given, so both are looked at before
 * they are used.
 */
public final class SavedState {
  /** A machine with a screen has 17 MB at most; more is no state. */
  public static final long MOST = 64L << 20;

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  private static final String STATE = "suspended.state";
  private static final String MACHINE = "suspended.machine.json";
  private static final int BLOCK = 1 << 20;

  private final Path directory;

  SavedState(Path directory) {
    this.directory = directory;
  }

  /**
   * A state as it lies there.
   *
   * @param bytes its size
   * @param sha256 of it, hexadecimal
   */
  public record Kept(long bytes, String sha256) {}

  /** Keeps what hardware it is. */
  public void keep(MachineFacts machine) throws IOException {
    Replacement.write(directory, MACHINE, JSON.writeValueAsBytes(machine));
  }

  /** What hardware it was. */
  public MachineFacts machine() throws IOException {
    @Nullable MachineFacts machine =
        JSON.readValue(Files.readAllBytes(directory.resolve(MACHINE)), MachineFacts.class);
    if (machine == null) {
      throw new IOException(MACHINE + " is empty");
    }
    return machine;
  }

  /**
   * Keeps what QEMU wrote: whole and on its file system when this returns, or not at all.
   *
   * @param written read from its beginning; borrowed
   * @throws IOException when there is more than {@link #MOST}, or no room
   */
  public Kept keep(Fd written) throws IOException {
    long bytes = FileStat.of(written).size();
    if (bytes > MOST) {
      throw new IOException(
          "QEMU wrote %d bytes of state, at most %d are kept".formatted(bytes, MOST));
    }
    MessageDigest digest = sha256();
    Replacement.write(
        directory,
        STATE,
        file -> {
          for (long at = 0; at < bytes; at += BLOCK) {
            byte[] block = FileIo.readAt(written, at, (int) Math.min(BLOCK, bytes - at));
            digest.update(block);
            Replacement.writeAll(file, block);
          }
          if (file.position() != bytes) {
            throw new IOException("the state changed while it was kept");
          }
        });
    return new Kept(bytes, HexFormat.of().formatHex(digest.digest()));
  }

  /** A state that is not there any more, or not as it was. */
  public static final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(String message) {
      super(message);
    }
  }

  /**
   * The state to be loaded, read-only.
   *
   * @param kept as it was kept
   * @throws DamagedException when it is another, or gone
   */
  public Fd open(Kept kept) throws IOException {
    Fd state;
    try {
      state = Open.path(directory.resolve(STATE), OpenFlag.READ_ONLY);
    } catch (LinuxException e) {
      if (e.isNoEntry()) {
        throw new DamagedException("The saved state is gone.");
      }
      throw e;
    }
    try {
      check(state, kept);
      return state;
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  private static void check(Fd state, Kept kept) throws IOException {
    MessageDigest digest = sha256();
    for (long at = 0; at < kept.bytes(); at += BLOCK) {
      digest.update(FileIo.readAt(state, at, (int) Math.min(BLOCK, kept.bytes() - at)));
    }
    String now = HexFormat.of().formatHex(digest.digest());
    if (FileStat.of(state).size() != kept.bytes() || !now.equals(kept.sha256())) {
      throw new DamagedException("The saved state is not as it was saved.");
    }
  }

  /** Forgets it: it is used up, or nothing came of it. */
  public void forget() throws IOException {
    Replacement.forget(directory, STATE);
    Replacement.forget(directory, MACHINE);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
