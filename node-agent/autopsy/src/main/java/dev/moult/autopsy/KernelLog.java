package dev.moult.autopsy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.moult.linux.Fd;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The log of the Linux kernel whose RAM it is.
 *
 * @param release of the kernel, as {@code uname -r} tells it
 * @param lines as dmesg prints them, the oldest first; what could command a terminal is escaped
 * @param remarks what could not be read, and what was chosen
 */
public record KernelLog(String release, List<String> lines, List<String> remarks) {
  private static final int UTS_NAME_BYTES = 65;
  private static final int RELEASE_AT = 2 * UTS_NAME_BYTES;

  /** Boots of which a RAM still holds all; more are made up. */
  private static final int MOST_KERNELS = 8;

  /** By its clock; a kernel that does not tell it, by how well it is preserved. */
  private static final Comparator<Found> LATER =
      Comparator.comparingLong(Found::started)
          .thenComparing(each -> -each.messages().lost())
          .thenComparing(each -> each.messages().lines().size());

  private static final Pattern CLOCK =
      Pattern.compile("setting system clock to \\S{1,40} UTC \\((\\d{1,12})\\)$");

  /** Takes copies. */
  public KernelLog {
    lines = List.copyOf(lines);
    remarks = List.copyOf(remarks);
  }

  /** A kernel that could be read: what it says of itself, and its messages. */
  record Found(VmcoreInfo kernel, PrintkRing.Messages messages) {
    /** When its clock was set, in seconds; 0 if it does not say. */
    long started() {
      for (String line : messages.lines()) {
        Matcher clock = CLOCK.matcher(line);
        if (clock.find()) {
          return Long.parseLong(clock.group(1));
        }
      }
      return 0;
    }
  }

  /**
   * Reads it.
   *
   * @param fd the RAM, borrowed
   * @throws AutopsyException if there is no kernel's log, or it cannot be read
   */
  public static KernelLog read(Fd fd) throws AutopsyException {
    try (GuestRam ram = GuestRam.of(fd)) {
      return read(ram);
    }
  }

  /** Reads it. */
  public static KernelLog read(GuestRam ram) throws AutopsyException {
    List<String> remarks = new ArrayList<>();
    Found found = find(ram, remarks);
    if (found.messages().lost() > 0) {
      remarks.add(
          found.messages().lost() + " messages were just being written, or are overwritten");
    }
    if (found.messages().left() > 0) {
      remarks.add(found.messages().left() + " older messages are left out");
    }
    return new KernelLog(found.kernel().release(), found.messages().lines(), remarks);
  }

  /** The kernel that ran last, of those whose log can be read. */
  static Found find(GuestRam ram, List<String> remarks) throws AutopsyException {
    List<VmcoreInfo> notes = NoteScan.find(ram);
    if (notes.isEmpty()) {
      throw new AutopsyException(
          AutopsyException.Kind.NO_KERNEL,
          "no Linux kernel's note (VMCOREINFO) is in the RAM: the guest is another system, had not"
              + " booted so far, or its kernel is built without CONFIG_CRASH_DUMP");
    }
    @Nullable Found best = null;
    @Nullable AutopsyException failed = null;
    int read = 0;
    Set<String> seen = new HashSet<>();
    for (VmcoreInfo note : notes) {
      if (read == MOST_KERNELS || !seen.add(new String(note.text(), ISO_8859_1))) {
        continue;
      }
      try {
        Found found = read(ram, note);
        best = best == null || LATER.compare(found, best) > 0 ? found : best;
        read++;
      } catch (AutopsyException e) {
        failed = failed == null ? e : failed;
      }
    }
    if (best == null) {
      throw Objects.requireNonNull(failed); // there was a note
    }
    if (read > 1) {
      remarks.add(
          read
              + " kernels' logs are in the RAM (the guest was booted again); shown is the one whose"
              + " clock was set last");
    }
    return best;
  }

  private static Found read(GuestRam ram, VmcoreInfo note) throws AutopsyException {
    if (!note.has("SYMBOL(prb)")) {
      throw new AutopsyException(
          AutopsyException.Kind.UNREADABLE,
          "the kernel %s keeps its log in another way (older than 5.10, or for another processor)"
              .formatted(note.release()));
    }
    PageTables tables = PageTables.of(ram, note);
    long uts = note.symbol("init_uts_ns") + note.offset("uts_namespace.name", 0, GuestRam.PAGE);
    byte[] release = tables.read(uts + RELEASE_AT, UTS_NAME_BYTES);
    int end = 0;
    while (end < release.length && release[end] != 0) {
      end++;
    }
    String told = Printable.of(new String(release, 0, end, StandardCharsets.UTF_8));
    if (!told.equals(note.release())) {
      throw new AutopsyException(
          AutopsyException.Kind.UNREADABLE,
          "the kernel %s is no more in the RAM, only its note is".formatted(note.release()));
    }
    return new Found(note, PrintkRing.read(tables, note));
  }
}
