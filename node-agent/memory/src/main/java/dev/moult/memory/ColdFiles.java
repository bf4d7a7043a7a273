package dev.moult.memory;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.IoBuffer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A suspended guest on a volume: a file with its RAM and one with its state. The state's name comes
 * last and goes first: where it is, the RAM beside it is whole and belongs to it.
 *
 * @param ram the RAM's file
 * @param state the state's file
 */
public record ColdFiles(VolumeFile ram, VolumeFile state) {
  /** What the state's name has behind the RAM's. */
  private static final String STATE_SUFFIX = ".state";

  private static final int CHUNK = 1 << 20;

  /** The path of the state that belongs to a RAM image. */
  public static String statePath(String ramPath) {
    return ramPath + STATE_SUFFIX;
  }

  /**
   * Saves RAM and state. Before the state has its name nothing of an earlier suspend is lost but,
   * at the very end, its state; a failure leaves no file of this one.
   *
   * @param source the RAM, an open file of our own
   * @param saved the state behind its header, as {@link StateFile#write} leaves it
   * @param bytes the RAM's size
   * @throws StateRefused with the reason why it is not saved
   */
  public void save(Fd source, Fd saved, long bytes, Progress progress) throws IOException {
    StateHeader header = StateFile.readUnused(saved).header();
    if (header.ramBytes() != bytes) {
      throw new StateRefused(
          MemoryReason.RAM_SIZE_MISMATCH,
          "the state is of a guest with "
              + header.ramBytes()
              + " bytes of RAM, the anchor has "
              + bytes
              + " bytes");
    }
    requireOurs(header);
    try (Draft ramDraft = Draft.begin(ram);
        Draft stateDraft = Draft.begin(state)) {
      RamSums sums = RamCopy.save(source, ramDraft, ram, bytes, progress);
      ramDraft.sync();
      progress.requireWanted();
      write(stateDraft, saved, header, sums);
      progress.requireWanted();
      state.remove(); // of an earlier suspend: it does not belong to what comes in its RAM's place
      ramDraft.publish();
      stateDraft.publish();
    }
  }

  private void write(Draft draft, Fd saved, StateHeader header, RamSums sums) throws IOException {
    long end = StateFile.sumsAt(header);
    try {
      copy(saved, draft.file(), StateFile.HEADER_BYTES, end);
      FileIo.writeAt(draft.file(), end, sums.encode());
      StateFile.write(draft.file(), header.with(sums.head()));
    } catch (LinuxException e) {
      throw Failures.notWritten(state.toString(), e);
    }
  }

  /** The name may be taken by this VM's own earlier suspend alone. */
  private void requireOurs(StateHeader header) throws IOException {
    if (!state.isThere()) {
      return;
    }
    StateFile.Seen before;
    try (Fd there = state.read()) {
      before = StateFile.read(there);
    } catch (StateRefused e) {
      if (e.reason() == MemoryReason.STATE_DAMAGED) {
        return; // nobody can use it any more
      }
      throw e;
    }
    before.header().requireOf(header.vmUid());
    StateHold.take(state, false).close(); // nobody loads from it now
  }

  /**
   * Removes both, of a VM whose guest has run from them.
   *
   * @throws StateRefused STATE_FOREIGN, or STATE_IN_USE when no guest has run from them yet
   */
  public void discard(String vmUid) throws IOException {
    if (state.isThere()) {
      StateFile.Seen seen;
      try (Fd there = state.read()) {
        seen = StateFile.read(there);
      }
      seen.header().requireOf(vmUid);
      if (seen.step() != Step.CONSUMED) {
        throw new StateRefused(
            MemoryReason.STATE_IN_USE, "no guest has run from " + state + " yet: it is kept");
      }
      ram.remove();
      state.remove();
    }
  }

  /**
   * Fills RAM from a file that is never written.
   *
   * @param target the anchor's RAM, an open file of our own
   * @param hold the state that belongs to it and knows what its blocks sum to; null if there is
   *     none
   */
  public static void fill(
      Fd target, VolumeFile file, long bytes, @Nullable StateHold hold, Progress progress)
      throws IOException {
    RamSums sums = hold == null ? null : hold.sums();
    if (hold != null && hold.header().ramBytes() != bytes) {
      throw new StateRefused(
          MemoryReason.RAM_SIZE_MISMATCH,
          "the state is of a guest with "
              + hold.header().ramBytes()
              + " bytes of RAM, memory.size is "
              + bytes
              + " bytes");
    }
    try (Fd source = file.read()) {
      RamCopy.fill(target, source, file, bytes, sums, progress);
    }
  }

  /** Copies the bytes between two positions, to the same positions. */
  static void copy(Fd from, Fd to, long begin, long end) throws IOException {
    try (var buffer = new IoBuffer(CHUNK)) {
      long at = begin;
      while (at < end) {
        int got = buffer.readAt(from, at, (int) Math.min(CHUNK, end - at));
        if (got == 0) {
          throw StateHeader.damaged("it became shorter while it was read");
        }
        buffer.writeAt(to, at, 0, got);
        at += got;
      }
    }
  }

  static long size(Fd file) throws LinuxException {
    return FileStat.of(file).size();
  }
}
