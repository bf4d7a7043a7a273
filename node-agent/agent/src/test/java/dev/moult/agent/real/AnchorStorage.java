package dev.moult.agent.real;

import dev.moult.launcher.LaunchException;
import dev.moult.launcher.disk.Disks;
import dev.moult.launcher.disk.Variables;
import dev.moult.linux.Fd;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import dev.moult.qemu.testing.Checkout;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.Operation;
import dev.moult.wire.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The launcher's own disks, with a directory of the test in the place of an anchor's root. */
final class AnchorStorage {
  private final Path root;
  private final Disks disks = new Disks();

  AnchorStorage(Path root) {
    this.root = root;
  }

  List<ImageFacts> images() {
    return disks.images();
  }

  Fd carryOut(Operation operation) throws IOException {
    try {
      return switch (operation) {
        case Operation.OpenImage it ->
            disks.open(
                new Operation.OpenImage(it.slot(), it.disk(), here(it.directory()), it.path()));
        case Operation.MakeOverlay it ->
            disks.make(new Operation.MakeOverlay(it.slot(), it.disk(), it.base(), here(it.file())));
        case Operation.OpenDisk it ->
            disks.open(
                new Operation.OpenDisk(
                    it.slot(),
                    it.disk(),
                    here(it.directory()),
                    it.path(),
                    it.access(),
                    it.bytes()));
        case Operation.MakeDisk it ->
            disks.make(new Operation.MakeDisk(it.slot(), it.disk(), here(it.file()), it.bytes()));
        case Operation.MakeSeed it ->
            disks.make(
                new Operation.MakeSeed(
                    it.slot(),
                    it.disk(),
                    here(it.file()),
                    it.metaData(),
                    it.secret(),
                    it.userData(),
                    it.networkData()));
        case Operation.CopyFile it ->
            disks.copy(new Operation.CopyFile(it.slot(), it.from(), here(it.file())));
        case Operation.KeepFile it ->
            Variables.keep(
                new Operation.KeepFile(it.slot(), it.from(), here(it.directory()), it.path()));
        default -> throw new IOException("not done here: " + operation.name());
      };
    } catch (LaunchException e) {
      throw new IOException(e);
    }
  }

  Fd open(Operation.OpenFile file) throws IOException {
    Path directory;
    try {
      directory =
          file.directory().equals("/usr/share/seabios")
              ? Checkout.imageRoot("qemu-10.0.2").resolve(file.directory().substring(1))
              : Path.of(
                  file.directory().startsWith("/volumes/")
                      ? here(file.directory())
                      : file.directory());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return Open.path(
        directory.resolve(file.path()),
        file.access() == Operation.Access.READ ? OpenFlag.READ_ONLY : OpenFlag.READ_WRITE);
  }

  static Fd reopen(Fd parked, Source.Reopen how) throws IOException {
    List<OpenFlag> flags = new ArrayList<>();
    flags.add(how.write() ? OpenFlag.READ_WRITE : OpenFlag.READ_ONLY);
    if (how.direct()) {
      flags.add(OpenFlag.DIRECT);
    }
    return Open.reopen(parked, flags.toArray(OpenFlag[]::new));
  }

  private String here(String path) {
    return root.resolve(path.substring(1)).toString();
  }
}
