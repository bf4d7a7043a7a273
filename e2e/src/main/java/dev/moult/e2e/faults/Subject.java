package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.LiveUpdate;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A live update to which a fault was done, as it is looked at afterwards. */
interface Subject {
  /** Its virtual machine. */
  Lane lane();

  /** The guest before it. */
  Lane.Before before();

  /** The update as it was asked for. */
  LiveUpdate update();

  /** Who watched it. */
  Sampler sampler();

  /** Uids of the pods of both VMMs, as far as they are known. */
  Set<String> vmmPodUids();

  /** The name of B's pod; empty if there was none. */
  String podBName();

  /** What was done. */
  String fault();

  /** When. */
  String step();

  /** What must have become of it: one of these. */
  List<Expected> expected();

  /** How long ago it was asked for. */
  Duration age();
}
