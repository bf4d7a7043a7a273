package dev.moult.agent.run;

import dev.moult.agent.journal.Storage;
import dev.moult.agent.journal.Storage.Facts;
import dev.moult.agent.journal.Storage.Parked;
import dev.moult.qemu.machine.FrozenDisk;
import dev.moult.qemu.machine.FrozenDisk.Format;
import dev.moult.qemu.machine.FrozenDisk.Image;
import dev.moult.wire.ImageFacts;
import dev.moult.wire.SlotFacts;
import dev.moult.wire.SlotFacts.Kind;
import dev.moult.wire.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What an anchor found out about the disks that it opened, and whether they are the same later. */
public final class StorageFound {
  private StorageFound() {}

  /**
   * The storage of a new run with what its anchor says; empty when it does not say all, as after a
   * broker that did not hear it.
   */
  static Optional<Storage> of(Storage wished, List<SlotFacts> facts, List<ImageFacts> images) {
    List<FrozenDisk> disks = new ArrayList<>();
    for (FrozenDisk disk : wished.disks()) {
      Optional<Image> image = image(Slots.disk(disk.index()), facts, images);
      Optional<Image> base =
          disk.base() == null ? Optional.empty() : image(Slots.base(disk.index()), facts, images);
      if (image.isEmpty() || disk.base() != null && base.isEmpty()) {
        return Optional.empty();
      }
      disks.add(disk.with(image.get(), base.orElse(null)));
    }
    List<Parked> files = new ArrayList<>();
    for (Parked file : wished.files()) {
      Optional<SlotFacts> fact = at(file.slot(), facts);
      if (fact.isEmpty()) {
        return Optional.empty();
      }
      files.add(
          new Parked(
              file.slot(), file.directory(), file.path(), file.write(), remembered(fact.get())));
    }
    return Optional.of(wished.found(disks, files));
  }

  /**
   * What is parked now and is not what the run began with: an anchor that started again opens by
   * name.
   *
   * @return a sentence; empty when all is the same
   */
  public static Optional<String> foreign(Storage storage, List<SlotFacts> now) {
    for (Parked file : storage.files()) {
      Facts before = file.facts();
      Optional<SlotFacts> fact = at(file.slot(), now);
      if (before == null || fact.isEmpty() || !same(file, before, remembered(fact.get()))) {
        return Optional.of(
            "What the anchor has at slot %d (%s in %s) is not what the guest began with."
                .formatted(file.slot(), file.path(), file.directory()));
      }
    }
    return Optional.empty();
  }

  /** What is only read lies in an image, whose mount is a new one for each container. */
  private static boolean same(Parked file, Facts before, Facts now) {
    return before.inode() == now.inode()
        && before.rdev() == now.rdev()
        && (!file.write() || before.device() == now.device());
  }

  private static Facts remembered(SlotFacts fact) {
    return new Facts(fact.device(), fact.inode(), fact.rdev());
  }

  private static Optional<Image> image(int slot, List<SlotFacts> facts, List<ImageFacts> images) {
    boolean device = at(slot, facts).filter(fact -> fact.kind() == Kind.BLOCK_DEVICE).isPresent();
    return images.stream()
        .filter(image -> image.slot() == slot)
        .findFirst()
        .map(image ->
            new Image(
                image.format() == ImageFacts.Format.QCOW2 ? Format.QCOW2 : Format.RAW,
                device,
                image.direct()));
  }

  private static Optional<SlotFacts> at(int slot, List<SlotFacts> facts) {
    return facts.stream().filter(fact -> fact.slot() == slot).findFirst();
  }
}
