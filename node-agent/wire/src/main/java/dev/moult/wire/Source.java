package dev.moult.wire;

/** Where the broker takes one descriptor of a plan from. */
public sealed interface Source extends Encodable {
  /**
   * What the VM's anchor has parked.
   *
   * @param slot at this number
   */
  record Parked(int slot) implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "Parked").integer(2, slot);
    }
  }

  /**
   * What a live process of the VM holds: how an anchor whose container died gets back what it had
   * parked (adopt).
   *
   * @param podUid the pod whose pid 1 holds it
   * @param slot at this number
   */
  record Held(String podUid, int slot) implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "Held").integer(2, slot).string(3, podUid);
    }
  }

  /**
   * A descriptor that came with the request.
   *
   * @param index its place there, from 0
   */
  record Attached(int index) implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "Attached").integer(2, index);
    }
  }

  /**
   * A fresh open of what the VM's anchor has parked, with locks of its own: a disk. It never gets
   * more access than what is parked has.
   *
   * @param slot parked at this number
   * @param write to write too
   * @param direct past the page cache (O_DIRECT)
   */
  record Reopen(int slot, boolean write, boolean direct) implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "Reopen").integer(2, slot).flag(4, write).flag(5, direct);
    }
  }

  /** A fresh open of {@code /dev/kvm}. */
  record Kvm() implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "Kvm");
    }
  }

  /** The tap that {@link Request.MakeNetwork} made. */
  record Tap() implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "Tap");
    }
  }

  /**
   * A further queue of the tap that {@link Request.MakeNetwork} made. A source of its own, so that
   * a broker that does not know it refuses instead of giving the first queue twice.
   *
   * @param queue from 1
   */
  record TapQueue(int queue) implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "TapQueue").integer(2, queue);
    }
  }

  /**
   * The tap that {@link Request.BridgeLink} made.
   *
   * @param link name of the link that it is joined to, such as {@code net1}
   */
  record LinkTap(String link) implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "LinkTap").string(6, link);
    }
  }

  /** The VM's meeting place, made if it is not there yet. */
  record Meeting() implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, "Meeting");
    }
  }

  /**
   * A source of a newer agent, which this broker refuses.
   *
   * @param name what it is called
   */
  record Unknown(String name) implements Source {
    @Override
    public void write(FieldWriter out) {
      out.string(1, name);
    }
  }

  /** Reads one source; an unknown name becomes {@link Unknown}. */
  static Source read(Fields in) throws WireException {
    String name = in.string(1);
    return switch (name) {
      case "Parked" -> new Parked(in.natural(2));
      case "Held" -> new Held(in.uid(3), in.natural(2));
      case "Attached" -> new Attached(in.natural(2));
      case "Reopen" -> new Reopen(in.natural(2), in.flag(4), in.flag(5));
      case "Kvm" -> new Kvm();
      case "Tap" -> new Tap();
      case "TapQueue" -> new TapQueue(in.natural(2));
      case "LinkTap" -> new LinkTap(in.furtherLink(6));
      case "Meeting" -> new Meeting();
      default -> new Unknown(in.word(1));
    };
  }
}
