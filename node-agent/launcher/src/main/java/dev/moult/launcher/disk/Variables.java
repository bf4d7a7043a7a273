package dev.moult.launcher.disk;

import dev.moult.launcher.LaunchException;
import dev.moult.linux.Errno;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileControl;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.FileStat;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.linux.file.Resolve;
import dev.moult.wire.LaunchReason;
import dev.moult.wire.Operation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The file by which a volume of the user's keeps the firmware's variables from run to run. */
public final class Variables {
  private static final Set<Resolve> IN_ROOT = EnumSet.of(Resolve.IN_ROOT);

  /** What is being made has this at the end of its name: a whole file alone has the name itself. */
  private static final String UNFINISHED = ".new";

  /** EFI_FIRMWARE_VOLUME_HEADER.Signature of the UEFI PI specification, volume 3. */
  private static final byte[] SIGNATURE = "_FVH".getBytes(StandardCharsets.US_ASCII);

  private static final int SIGNATURE_OFFSET = 40;

  private Variables() {}

  /** Opens the file, which is made if it is not there; the descriptor is the caller's. */
  public static Fd keep(Operation.KeepFile keep) throws LaunchException {
    byte[] template = template(keep);
    try (Fd directory = Open.path(keep.directory(), 0, OpenFlag.READ_ONLY, OpenFlag.DIRECTORY)) {
      Optional<Fd> there = open(directory, keep.path());
      if (there.isEmpty()) {
        make(directory, keep, template);
        there = open(directory, keep.path());
      }
      return checked(
          keep, there.orElseThrow(() -> new IOException("it is gone again")), template.length);
    } catch (LinuxException e) {
      boolean full = e.is(Errno.ENOSPC) || e.is(Errno.EDQUOT) || e.is(Errno.EFBIG);
      throw new LaunchException(
          full ? LaunchReason.DISK_FULL : LaunchReason.DISK_NOT_OPENED,
          keep.slot(),
          name(keep) + " cannot be opened or made",
          e);
    } catch (IOException e) {
      throw new LaunchException(
          LaunchReason.DISK_NOT_OPENED,
          keep.slot(),
          name(keep) + " cannot be opened or made: " + e.getMessage());
    }
  }

  private static byte[] template(Operation.KeepFile keep) throws LaunchException {
    try {
      return Files.readAllBytes(Path.of(keep.from()));
    } catch (NoSuchFileException e) {
      throw new LaunchException(
          LaunchReason.FIRMWARE_NOT_FOUND,
          keep.slot(),
          "the anchor's image has no " + keep.from() + ": its firmware is missing");
    } catch (IOException e) {
      throw new LaunchException(
          LaunchReason.FIRMWARE_NOT_FOUND, keep.slot(), keep.from() + " cannot be read: " + e);
    }
  }

  private static Optional<Fd> open(Fd directory, String path) throws LinuxException {
    try {
      // A FIFO would keep an ordinary open waiting for ever.
      return Optional.of(
          Open.at(directory, path, IN_ROOT, OpenFlag.NON_BLOCKING, OpenFlag.READ_WRITE));
    } catch (LinuxException e) {
      if (e.isNoEntry()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Under its own name there is never a part of it, whenever the node loses its power. */
  private static void make(Fd directory, Operation.KeepFile keep, byte[] template)
      throws IOException {
    String unfinished = keep.path() + UNFINISHED;
    var unused = FileControl.unlinkIfThere(directory, unfinished);
    try (Fd fd =
        Open.at(
            directory,
            unfinished,
            IN_ROOT,
            OpenFlag.CREATE,
            OpenFlag.EXCLUSIVE,
            OpenFlag.READ_WRITE)) {
      FileIo.write(fd, template);
      FileControl.sync(fd);
    }
    Path made = Path.of(keep.directory(), unfinished);
    Files.move(made, made.resolveSibling(keep.path()), StandardCopyOption.ATOMIC_MOVE);
    FileControl.sync(directory);
  }

  /** The descriptor, once it was looked at; closed if that fails. */
  private static Fd checked(Operation.KeepFile keep, Fd fd, long bytes)
      throws LaunchException, LinuxException {
    boolean good = false;
    try {
      Optional<String> fault = fault(fd, bytes);
      if (fault.isPresent()) {
        throw new LaunchException(
            LaunchReason.FIRMWARE_VARIABLES_INVALID,
            keep.slot(),
            name(keep) + " " + fault.get() + "; restore it, or remove it to begin with new ones");
      }
      good = true;
      return fd;
    } finally {
      if (!good) {
        fd.close();
      }
    }
  }

  private static Optional<String> fault(Fd fd, long bytes) throws LinuxException {
    FileStat seen = FileStat.of(fd);
    if (seen.type() != FileStat.Type.REGULAR) {
      return Optional.of("is no file");
    }
    if (seen.size() != bytes) {
      return Optional.of("has %d bytes, and this firmware's have %d".formatted(seen.size(), bytes));
    }
    byte[] signature = FileIo.readAt(fd, SIGNATURE_OFFSET, SIGNATURE.length);
    return Arrays.equals(signature, SIGNATURE)
        ? Optional.empty()
        : Optional.of("is no store of such variables");
  }

  private static String name(Operation.KeepFile keep) {
    return "the file of UEFI's variables, " + keep.path() + " in spec.boot.uefi.variables,";
  }
}
