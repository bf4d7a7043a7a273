package dev.moult.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the broker tells the agent unasked. */
public sealed interface Event extends Message {
  /** The pod it is about. */
  String podUid();

  /**
   * A pod's launcher dialled, was proved to be the pod's own, and waits for a plan.
   *
   * @param podUid the pod
   * @param containerId its container
   * @param hello what it said
   */
  record Dialled(String podUid, String containerId, Hello hello) implements Event {
    static final int TYPE = 96;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.string(2, podUid).string(3, containerId).nested(4, hello);
    }

    static Dialled read(Fields in) throws WireException {
      return new Dialled(in.uid(2), in.string(3), in.nested(4, Hello::read));
    }
  }

  /**
   * A launcher carried out its plan and exec happened.
   *
   * @param podUid the pod
   * @param facts what its slots hold
   * @param images what the disks among them are, as the launcher says
   */
  record Launched(String podUid, List<SlotFacts> facts, List<ImageFacts> images) implements Event {
    static final int TYPE = 97;

    /** Copies the lists. */
    public Launched {
      facts = List.copyOf(facts);
      images = List.copyOf(images);
    }

    /** Of a pod without disks. */
    public Launched(String podUid, List<SlotFacts> facts) {
      this(podUid, facts, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.string(2, podUid).list(3, facts).list(4, images);
    }

    static Launched read(Fields in) throws WireException {
      return new Launched(in.uid(2), in.list(3, SlotFacts::read), in.list(4, ImageFacts::read));
    }
  }

  /**
   * A launcher could not carry out its plan.
   *
   * @param podUid the pod
   * @param reason why
   * @param slot the slot that could not be filled; -1 if it is none's
   * @param errno the system's error number; 0 if there is none
   * @param message a sentence for people
   */
  record LaunchFailed(String podUid, LaunchReason reason, int slot, int errno, String message)
      implements Event {
    static final int TYPE = 98;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid)
          .string(3, reason.word())
          .integer(4, slot)
          .integer(5, errno)
          .string(6, message);
    }

    static LaunchFailed read(Fields in) throws WireException {
      return new LaunchFailed(
          in.uid(2), LaunchReason.of(in.string(3)), in.integer(4), in.integer(5), in.sentence(6));
    }
  }

  /**
   * A pod's process is dead: its pidfd says so.
   *
   * @param podUid the pod
   */
  record Exited(String podUid) implements Event {
    static final int TYPE = 99;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid);
    }

    static Exited read(Fields in) throws WireException {
      return new Exited(in.uid(2));
    }
  }

  /** About the memory container of a VM, beside its anchor; the pod is the anchor's. */
  sealed interface OfMemory extends Event {}

  /**
   * A VM's memory container is there: it dialled, or an agent came that has not heard of it.
   *
   * @param podUid the VM's anchor
   * @param work what it does now; absent when it waits for work
   */
  record MemoryReady(String podUid, @Nullable String work) implements OfMemory {
    static final int TYPE = 110;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) {
      out.string(2, podUid).string(3, work);
    }

    static MemoryReady read(Fields in) throws WireException {
      return new MemoryReady(in.uid(2), in.has(3) ? in.uid(3) : null);
    }
  }

  /**
   * Work with a VM's memory goes on.
   *
   * @param podUid the VM's anchor
   * @param report how far it is
   */
  record MemoryProgress(String podUid, MemoryReport.Progress report) implements OfMemory {
    static final int TYPE = 111;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.string(2, podUid).nested(3, report);
    }

    static MemoryProgress read(Fields in) throws WireException {
      return new MemoryProgress(in.uid(2), in.nested(3, MemoryReport.Progress::read));
    }
  }

  /**
   * Work with a VM's memory is done.
   *
   * @param podUid the VM's anchor
   * @param report what came of it
   */
  record MemoryFinished(String podUid, MemoryReport.Finished report) implements OfMemory {
    static final int TYPE = 112;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.string(2, podUid).nested(3, report);
    }

    static MemoryFinished read(Fields in) throws WireException {
      return new MemoryFinished(in.uid(2), in.nested(3, MemoryReport.Finished::read));
    }
  }

  /**
   * Work with a VM's memory failed, or its container is gone.
   *
   * @param podUid the VM's anchor
   * @param report why
   */
  record MemoryFailed(String podUid, MemoryReport.Failed report) implements OfMemory {
    static final int TYPE = 113;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public void write(FieldWriter out) throws WireException {
      out.string(2, podUid).nested(3, report);
    }

    static MemoryFailed read(Fields in) throws WireException {
      return new MemoryFailed(in.uid(2), in.nested(3, MemoryReport.Failed::read));
    }
  }
}
