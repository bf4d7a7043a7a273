package dev.moult.agent.update;

import dev.moult.agent.journal.Verdict;
import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.HandoffWorld.A;
import dev.moult.agent.update.HandoffWorld.B;
import dev.moult.agent.update.HandoffWorld.Mark;
import dev.moult.agent.update.HandoffWorld.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A handoff as a graph: every world that two QEMUs, the journal and whoever decides can come to,
 * with so many faults at whatever moment. What QEMU does in each is as measured; what is decided is
 * {@link Decision} itself. A world in which a guest is hurt is an {@link AssertionError}.
 */
final class HandoffModel {

  /** What can go wrong, or come between. */
  enum Fault {
    AGENT_KILLED("agent killed, or stopped until its probe kills it"),
    STEP_FAILED("a step fails: broker gone, B's launcher fails, QMP answers with an error"),
    A_KILLED("A killed"),
    B_KILLED("B killed"),
    B_FROZEN("B frozen"),
    A_HANGS("A's monitor hangs while it sends"),
    NOT_STOPPED("a thread of A does not stop"),
    TOO_SLOW("the time of a wait passes although all would go well"),
    CONT_REFUSED("B refuses `cont` for good"),
    UPDATE_DELETED("LiveUpdate deleted"),
    GUEST_STOPS("VirtualMachine or A's pod deleted, node drained"),
    TARGET_DELETED("B's pod deleted"),
    AGENT_STOPS("agent asked to end"),
    GUEST_ENDS("guest powers itself off");

    private final String words;

    Fault(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  private HandoffModel() {}

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** All worlds that can come next without another fault: by itself, or by what is decided. */
  static List<HandoffWorld> next(HandoffWorld world) {
    Action action = Decision.next(world.seen());
    try {
      List<HandoffWorld> moved = moved(world);
      List<HandoffWorld> next = new ArrayList<>(moved);
      next.addAll(action == Action.WAIT ? waited(world, moved.isEmpty()) : after(world, action));
      next.forEach(HandoffModel::check);
      return next;
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + ": " + action + " in " + world, e);
    }
  }

  private static void check(HandoffWorld world) {
    require(!(world.a() == A.RUNS && world.b() == B.RUNS), "two QEMUs run on one memory");
    require(!(world.a() == A.RUNS && world.is(Mark.RAN)), "A runs on memory that B has changed");
    require(!(world.a() == A.RUNS && world.is(Mark.STOPPED)), "A runs although it is stopped");
  }

  private static List<HandoffWorld> after(HandoffWorld world, Action action) {
    return switch (action) {
      case WAIT -> throw new IllegalStateException("nothing to do");
      case FREEZE_SOURCE -> {
        require(world.a() != A.RUNS && world.a() != A.DEAD, "A is stopped that runs or is dead");
        yield List.of(
            world.is(Mark.UNSTOPPABLE)
                ? world.with(Demand.SOURCE_UNPROVED)
                : world.with(Mark.STOPPED));
      }
      case WRITE_COMMIT -> {
        require(cannotWrite(world) || world.is(Mark.RAN), "COMMIT while A may do anything");
        require(world.b() == B.LOADED || world.is(Mark.RAN), "COMMIT before B has the whole state");
        yield List.of(world.decided(Verdict.COMMIT));
      }
      case WRITE_ROLLBACK -> List.of(world.decided(Verdict.ROLLBACK));
      case CONT_TARGET -> {
        require(world.verdict() == Verdict.COMMIT, "cont on B without COMMIT");
        require(world.b() == B.LOADED, "cont on B without the whole state");
        require(cannotWrite(world), "cont on B while A may do anything");
        require(world.a() != A.RUNS && world.a() != A.SENDS, "cont on B beside A");
        yield List.of(world.is(Mark.REFUSES) ? world.with(Mark.NOTED) : world.with(B.RUNS));
      }
      case KILL_TARGET -> List.of(world.with(B.DEAD).without(Mark.OVERDUE));
      case CONT_SOURCE -> {
        require(!world.bLives(), "cont on A while B may live");
        require(!world.is(Mark.RAN), "cont on A after B ran");
        require(world.a() == A.STANDS, "cont on A that does not stand");
        require(
            world.verdict() == Verdict.ROLLBACK || world.is(Mark.NOTED),
            "cont on A without ROLLBACK");
        yield List.of(world.without(Mark.STOPPED).with(A.RUNS));
      }
      case KILL_SOURCE -> {
        require(world.verdict() == Verdict.COMMIT, "A killed without COMMIT");
        yield List.of(world.without(Mark.STOPPED).with(A.DEAD));
      }
      case FINISH_COMMITTED -> {
        require(world.b() == B.RUNS && world.a() == A.DEAD, "Completed is not true");
        yield List.of(world.ended(action));
      }
      case FINISH_ROLLED_BACK -> {
        require(world.a() == A.RUNS || world.a() == A.ENDED, "RolledBack is not true");
        require(!world.bLives(), "RolledBack while B lives");
        require(!world.is(Mark.STOPPED), "RolledBack while A is stopped");
        yield List.of(world.ended(action));
      }
      case FINISH_LOST -> {
        require(world.a() == A.DEAD && !world.bLives(), "GuestLost is not true");
        yield List.of(world.ended(action));
      }
      case FINISH_STUCK -> {
        require(!world.bLives() && world.a() != A.DEAD, "VmmUnresponsive is not true");
        require(!world.is(Mark.STOPPED), "A is silent because we have stopped it");
        yield List.of(world.ended(action));
      }
    };
  }

  private static boolean cannotWrite(HandoffWorld world) {
    return world.is(Mark.STOPPED) || world.a() == A.DEAD;
  }

  /** What the two QEMUs do by themselves, at any moment. */
  private static List<HandoffWorld> moved(HandoffWorld world) {
    boolean bWorks = !world.is(Mark.FROZEN);
    return switch (world.a()) {
      case RUNS -> {
        if (world.b() == B.STARTS && bWorks && world.conducting()) {
          yield List.of(world.with(B.WAITS));
        }
        boolean hungUp = world.is(Mark.TOLD) && world.b() == B.WAITS;
        yield hungUp ? List.of(world.with(A.SENDS)) : List.of();
      }
      case SENDS ->
          switch (world.b()) {
            case WAITS ->
                bWorks && !world.is(Mark.HANGS) ? List.of(world.with(B.LOADED)) : List.of();
            case LOADED ->
                world.is(Mark.HANGS)
                    ? List.of(world.with(A.STANDS), world.without(Mark.HANGS).with(A.STANDS))
                    : List.of(world.with(A.STANDS));
            case DEAD -> List.of(world.with(A.RUNS)); // its channel broke
            case ABSENT, STARTS, RUNS -> List.of();
          };
      // B may see its channel break and exit, or wait for ever.
      case DEAD -> world.b() == B.WAITS && bWorks ? List.of(world.with(B.DEAD)) : List.of();
      case STANDS, ENDED -> List.of();
    };
  }

  /** The conductor's next step while nothing is to be decided; when there is none, time passes. */
  private static List<HandoffWorld> waited(HandoffWorld world, boolean nothingMoves) {
    require(!world.is(Mark.OVERDUE), "a wait without an end");
    boolean prepares = world.a() == A.RUNS && world.conducting() && !world.is(Mark.TOLD);
    if (prepares && world.b() == B.ABSENT) {
      return List.of(world.with(B.STARTS));
    }
    if (prepares && world.b() == B.WAITS && !world.is(Mark.FROZEN)) {
      return List.of(world.with(Mark.TOLD));
    }
    return nothingMoves || world.a() == A.DEAD ? List.of(world.with(Mark.OVERDUE)) : List.of();
  }

  /** All worlds that a fault makes of this one; none where it can do nothing. */
  static List<HandoffWorld> strike(HandoffWorld world, Fault fault) {
    boolean undecided = world.verdict() == Verdict.NONE && world.conducting();
    return switch (fault) {
      case AGENT_KILLED -> killAgent(world);
      case STEP_FAILED ->
          undecided
              ? List.of(
                  world.with(
                      world.is(Mark.TOLD) ? Demand.TRANSFER_FAILED : Demand.PREPARATION_FAILED))
              : List.of();
      case A_KILLED ->
          world.a() == A.DEAD ? List.of() : List.of(world.without(Mark.STOPPED).with(A.DEAD));
      case B_KILLED -> world.bLives() ? List.of(world.with(B.DEAD)) : List.of();
      case B_FROZEN ->
          world.bLives() && !world.is(Mark.FROZEN) ? List.of(world.with(Mark.FROZEN)) : List.of();
      case A_HANGS ->
          world.a() == A.SENDS && world.bLives() && !world.is(Mark.HANGS)
              ? List.of(world.with(Mark.HANGS))
              : List.of();
      case NOT_STOPPED ->
          world.a() == A.DEAD || world.is(Mark.STOPPED) || world.is(Mark.UNSTOPPABLE)
              ? List.of()
              : List.of(world.with(Mark.UNSTOPPABLE));
      case TOO_SLOW ->
          Decision.next(world.seen()) == Action.WAIT
              ? List.of(world.with(Mark.OVERDUE))
              : List.of();
      case CONT_REFUSED ->
          world.is(Mark.RAN) || world.is(Mark.REFUSES) || !world.bLives()
              ? List.of()
              : List.of(world.with(Mark.REFUSES));
      case UPDATE_DELETED -> demanded(world, undecided, Demand.UPDATE_DELETED);
      case GUEST_STOPS -> demanded(world, undecided, Demand.GUEST_STOPS);
      case TARGET_DELETED -> demanded(world, undecided, Demand.TARGET_DELETED);
      case AGENT_STOPS -> demanded(world, undecided, Demand.AGENT_STOPS);
      case GUEST_ENDS ->
          // Once B listens, the guest's end goes over to it with its state.
          world.a() == A.RUNS && !world.is(Mark.TOLD)
              ? List.of(world.with(A.ENDED).with(Demand.GUEST_ENDED))
              : List.of();
    };
  }

  /** After the verdict nobody asks any more; the demand is met when the handoff is over. */
  private static List<HandoffWorld> demanded(HandoffWorld world, boolean undecided, Demand demand) {
    return List.of(undecided ? world.with(demand) : world);
  }

  /** Its relay dies with it: before the end of the cpr stream B may die of that, or wait on. */
  private static List<HandoffWorld> killAgent(HandoffWorld world) {
    if (!world.conducting()) {
      return List.of(world.restarted());
    }
    HandoffWorld after = world.restarted();
    return world.b() == B.STARTS ? List.of(after, after.with(B.DEAD)) : List.of(after);
  }

  /**
   * How a handoff can end.
   *
   * @param faults how many may strike, at whatever moments
   */
  static Set<Action> ends(HandoffWorld from, int faults) {
    Set<Action> ends = EnumSet.noneOf(Action.class);
    record Place(HandoffWorld world, int faults) {}
    Set<Place> known = new HashSet<>();
    Deque<Place> open = new ArrayDeque<>(List.of(new Place(from, faults)));
    while (!open.isEmpty()) {
      Place place = open.removeLast();
      if (!known.add(place)) {
        continue;
      }
      HandoffWorld world = place.world();
      if (world.end() != null) {
        ends.add(world.end());
        continue;
      }
      next(world).forEach(next -> open.add(new Place(next, place.faults())));
      if (place.faults() > 0) {
        for (Fault fault : Fault.values()) {
          strike(world, fault).forEach(hit -> open.add(new Place(hit, place.faults() - 1)));
        }
      }
    }
    return ends;
  }

  /** Every world that can be come to, with so many faults. */
  static Set<HandoffWorld> worlds(int faults) {
    Map<HandoffWorld, Integer> known = new HashMap<>();
    Deque<Map.Entry<HandoffWorld, Integer>> open = new ArrayDeque<>();
    open.add(Map.entry(HandoffWorld.BEGIN, faults));
    while (!open.isEmpty()) {
      Map.Entry<HandoffWorld, Integer> place = open.removeLast();
      HandoffWorld world = place.getKey();
      int left = place.getValue();
      if (known.getOrDefault(world, -1) >= left) {
        continue;
      }
      known.put(world, left);
      if (world.end() != null) {
        continue;
      }
      next(world).forEach(next -> open.add(Map.entry(next, left)));
      if (left > 0) {
        for (Fault fault : Fault.values()) {
          strike(world, fault).forEach(hit -> open.add(Map.entry(hit, left - 1)));
        }
      }
    }
    return known.keySet();
  }

  /** How a handoff ends that one fault strikes, by where it was then. */
  static Map<Fault, Map<Step, Set<Action>>> table() {
    Map<Fault, Map<Step, Set<Action>>> table = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      Map<Step, Set<Action>> row = new EnumMap<>(Step.class);
      for (HandoffWorld world : worlds(0)) {
        if (world.end() == null) {
          strike(world, fault)
              .forEach(hit ->
                  row.computeIfAbsent(world.step(), step -> EnumSet.noneOf(Action.class))
                      .addAll(ends(hit, 0)));
        }
      }
      table.put(fault, row);
    }
    return table;
  }

  /** Demands that every way from there, without another fault, comes to an end. */
  static void endsFrom(HandoffWorld world, Set<HandoffWorld> ending, Set<HandoffWorld> passing) {
    if (world.end() != null || ending.contains(world)) {
      return;
    }
    require(passing.add(world), "it goes round in a circle: " + world);
    next(world).forEach(next -> endsFrom(next, ending, passing));
    passing.remove(world);
    ending.add(world);
  }
}
