package dev.moult.e2e.faults;

import dev.moult.api.v1alpha1.LiveUpdate;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a fault was done to, as it is looked at afterwards. */
interface Subject {
  /** Its virtual machine. */
  Lane lane();

  /** The guest before it. */
  Lane.Before before();

  /** The update as it was asked for; null if it is not about one. */
  @Nullable LiveUpdate update();

  /**
   * What is not about an update waits for its own end, and has its guest run again.
   *
   * @return the end, for people
   */
  default String settle() throws IOException {
    return "deleted";
  }

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
