package dev.moult.agent.update;

import dev.moult.agent.journal.Verdict;
import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.Decision.Limit;
import dev.moult.agent.update.Decision.Seen;
import dev.moult.agent.update.Decision.Source;
import dev.moult.agent.update.Decision.Target;
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
import org.jspecify.annotations.Nullable;

/**
 * A handoff as a graph: every world that two QEMUs, the journal and whoever decides can come to,
 * with so many faults at whatever moment. What QEMU does in each is as measured; what is decided is
 * {@link Decision} itself. A world in which a guest is hurt is an {@link AssertionError}.
 */
final class HandoffModel {

  /** What the old QEMU really is. */
  enum A {
    RUNS,
    SENDS,
    STANDS,
    ENDED,
    DEAD
  }

  /** What the new QEMU really is. */
  enum B {
    ABSENT,
    STARTS,
    WAITS,
    LOADED,
    RUNS,
    DEAD
  }

  /** What can go wrong, or come between. */
  enum Fault {
    AGENT_KILLED("agent killed, or stopped until its probe kills it"),
    STEP_FAILED("a step fails: broker gone, B's launcher fails, QMP answers with an error"),
    A_KILLED("A killed"),
    B_KILLED("B killed"),
    B_FROZEN("B frozen"),
    A_HANGS("A's monitor hangs while it sends"),
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

  /** Where the handoff is when it goes wrong: the columns of the fault table. */
  enum Step {
    PREPARING("1–3 B is made ready"),
    LISTENING("3 B listens, A still runs"),
    MAIN("4 A sends the state"),
    LOADED("5 B has it, no verdict"),
    COMMITTED("6 COMMIT, before `cont`"),
    RESUMED("7–8 B runs the guest");

    private final String words;

    Step(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /**
   * One world.
   *
   * @param told B was told to listen for the state
   * @param hangs A's monitor is silent until B is dead
   * @param frozen B does nothing and says nothing until it is killed
   * @param ran B has run the guest
   * @param refuses B will answer {@code cont} with an error
   * @param noted that answer is in the journal
   * @param end how it ended; null while it goes on
   */
  record World(
      Verdict verdict,
      A a,
      B b,
      boolean told,
      boolean hangs,
      boolean frozen,
      boolean ran,
      boolean refuses,
      boolean noted,
      boolean conducting,
      Demand demand,
      boolean overdue,
      @Nullable Action end) {

    static final World BEGIN =
        new World(
            Verdict.NONE,
            A.RUNS,
            B.ABSENT,
            false,
            false,
            false,
            false,
            false,
            false,
            true,
            Demand.NONE,
            false,
            null);

    Source source() {
      return switch (a) {
        case DEAD -> Source.GONE;
        case RUNS -> hangs ? Source.SILENT : Source.RUNNING;
        case SENDS -> hangs ? Source.SILENT : Source.STOPPING;
        case STANDS -> hangs ? Source.SILENT : Source.POSTMIGRATE;
        case ENDED -> Source.ENDED;
      };
    }

    Target target() {
      boolean silent = frozen && !(ran && conducting); // who saw its RESUME does not look again
      return switch (b) {
        case ABSENT -> Target.ABSENT;
        case DEAD -> Target.GONE;
        case STARTS -> Target.SILENT;
        case WAITS -> silent ? Target.SILENT : Target.WAITING;
        case LOADED -> silent ? Target.SILENT : Target.LOADED;
        case RUNS -> silent ? Target.SILENT : Target.RUNNING;
      };
    }

    Seen seen() {
      return new Seen(verdict, source(), target(), noted, conducting, demand, overdue);
    }

    Step step() {
      if (b == B.RUNS || ran) {
        return Step.RESUMED;
      }
      if (verdict == Verdict.COMMIT) {
        return Step.COMMITTED;
      }
      if (b == B.LOADED) {
        return Step.LOADED;
      }
      if (told) {
        return a == A.RUNS ? Step.LISTENING : Step.MAIN;
      }
      return Step.PREPARING;
    }

    boolean bLives() {
      return b != B.ABSENT && b != B.DEAD;
    }

    private World verdict(Verdict now) {
      require(verdict == Verdict.NONE, "a verdict is written twice");
      return new World(
          now, a, b, told, hangs, frozen, ran, refuses, noted, conducting, demand, false, null);
    }

    private World a(A now) {
      Limit before = Decision.limit(verdict, source());
      World next =
          new World(
              verdict,
              now,
              b,
              told,
              hangs,
              frozen,
              ran,
              refuses,
              noted,
              conducting,
              demand,
              overdue,
              null);
      return Decision.limit(verdict, next.source()) == before ? next : next.overdue(false);
    }

    private World b(B now) {
      boolean dead = now == B.DEAD;
      Limit before = Decision.limit(verdict, source());
      World next =
          new World(
              verdict,
              a,
              now,
              told,
              hangs && !dead,
              frozen && !dead,
              ran || now == B.RUNS,
              refuses,
              noted,
              conducting,
              demand,
              overdue,
              null);
      return Decision.limit(verdict, next.source()) == before ? next : next.overdue(false);
    }

    private World overdue(boolean now) {
      return new World(
          verdict, a, b, told, hangs, frozen, ran, refuses, noted, conducting, demand, now, null);
    }

    private World demand(Demand now) {
      return new World(
          verdict, a, b, told, hangs, frozen, ran, refuses, noted, conducting, now, overdue, null);
    }

    private World told(boolean now) {
      return new World(
          verdict,
          a,
          b,
          now,
          hangs,
          frozen,
          ran,
          refuses,
          noted,
          conducting,
          demand,
          overdue,
          null);
    }

    private World hangs(boolean now) {
      Limit before = Decision.limit(verdict, source());
      World next =
          new World(
              verdict,
              a,
              b,
              told,
              now,
              frozen,
              ran,
              refuses,
              noted,
              conducting,
              demand,
              overdue,
              null);
      return Decision.limit(verdict, next.source()) == before ? next : next.overdue(false);
    }

    private World freezing() {
      return new World(
          verdict, a, b, told, hangs, true, ran, refuses, noted, conducting, demand, overdue, null);
    }

    private World refusing() {
      return new World(
          verdict, a, b, told, hangs, frozen, ran, true, noted, conducting, demand, overdue, null);
    }

    private World noting() {
      return new World(
          verdict,
          a,
          b,
          told,
          hangs,
          frozen,
          ran,
          refuses,
          true,
          conducting,
          demand,
          overdue,
          null);
    }

    private World restarted() {
      return new World(
          verdict, a, b, told, hangs, frozen, ran, refuses, noted, false, Demand.NONE, false, null);
    }

    private World ended(Action how) {
      return new World(
          verdict,
          a,
          b,
          told,
          hangs,
          frozen,
          ran,
          refuses,
          noted,
          conducting,
          demand,
          overdue,
          how);
    }
  }

  private HandoffModel() {}

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** All worlds that can come next without another fault: by itself, or by what is decided. */
  static List<World> next(World world) {
    Action action = Decision.next(world.seen());
    try {
      List<World> moved = moved(world);
      List<World> next = new ArrayList<>(moved);
      next.addAll(action == Action.WAIT ? waited(world, moved.isEmpty()) : after(world, action));
      next.forEach(HandoffModel::check);
      return next;
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + ": " + action + " in " + world, e);
    }
  }

  private static void check(World world) {
    require(!(world.a() == A.RUNS && world.b() == B.RUNS), "two QEMUs run on one memory");
    require(!(world.a() == A.RUNS && world.ran()), "A runs on memory that B has changed");
  }

  private static List<World> after(World world, Action action) {
    return switch (action) {
      case WAIT -> throw new IllegalStateException("nothing to do");
      case WRITE_COMMIT -> {
        require(world.b() == B.LOADED || world.ran(), "COMMIT before B has the whole state");
        yield List.of(world.verdict(Verdict.COMMIT));
      }
      case WRITE_ROLLBACK -> List.of(world.verdict(Verdict.ROLLBACK));
      case CONT_TARGET -> {
        require(world.verdict() == Verdict.COMMIT, "cont on B without COMMIT");
        require(world.b() == B.LOADED, "cont on B without the whole state");
        require(world.a() != A.RUNS && world.a() != A.SENDS, "cont on B beside A");
        yield List.of(world.refuses() ? world.noting() : world.b(B.RUNS));
      }
      case KILL_TARGET -> List.of(world.b(B.DEAD).overdue(false));
      case CONT_SOURCE -> {
        require(!world.bLives(), "cont on A while B may live");
        require(!world.ran(), "cont on A after B ran");
        require(world.a() == A.STANDS, "cont on A that does not stand");
        require(world.verdict() == Verdict.ROLLBACK || world.noted(), "cont on A without ROLLBACK");
        yield List.of(world.a(A.RUNS));
      }
      case KILL_SOURCE -> {
        require(world.verdict() == Verdict.COMMIT, "A killed without COMMIT");
        yield List.of(world.a(A.DEAD));
      }
      case FINISH_COMMITTED -> {
        require(world.b() == B.RUNS && world.a() == A.DEAD, "Completed is not true");
        yield List.of(world.ended(action));
      }
      case FINISH_ROLLED_BACK -> {
        require(world.a() == A.RUNS || world.a() == A.ENDED, "RolledBack is not true");
        require(!world.bLives(), "RolledBack while B lives");
        yield List.of(world.ended(action));
      }
      case FINISH_LOST -> {
        require(world.a() == A.DEAD && !world.bLives(), "GuestLost is not true");
        yield List.of(world.ended(action));
      }
      case FINISH_STUCK -> {
        require(!world.bLives() && world.a() != A.DEAD, "VmmUnresponsive is not true");
        yield List.of(world.ended(action));
      }
    };
  }

  /** What the two QEMUs do by themselves, at any moment. */
  private static List<World> moved(World world) {
    boolean bWorks = !world.frozen();
    return switch (world.a()) {
      case RUNS -> {
        if (world.b() == B.STARTS && bWorks && world.conducting()) {
          yield List.of(world.b(B.WAITS));
        }
        boolean hungUp = world.told() && world.b() == B.WAITS;
        yield hungUp ? List.of(world.a(A.SENDS)) : List.of();
      }
      case SENDS ->
          switch (world.b()) {
            case WAITS -> bWorks && !world.hangs() ? List.of(world.b(B.LOADED)) : List.of();
            case LOADED ->
                world.hangs()
                    ? List.of(world.a(A.STANDS), world.hangs(false).a(A.STANDS))
                    : List.of(world.a(A.STANDS));
            case DEAD -> List.of(world.a(A.RUNS)); // its channel broke
            case ABSENT, STARTS, RUNS -> List.of();
          };
      // B may see its channel break and exit, or wait for ever.
      case DEAD -> world.b() == B.WAITS && bWorks ? List.of(world.b(B.DEAD)) : List.of();
      case STANDS, ENDED -> List.of();
    };
  }

  /** The conductor's next step while nothing is to be decided; when there is none, time passes. */
  private static List<World> waited(World world, boolean nothingMoves) {
    require(!world.overdue(), "a wait without an end");
    boolean prepares = world.a() == A.RUNS && world.conducting() && !world.told();
    if (prepares && world.b() == B.ABSENT) {
      return List.of(world.b(B.STARTS));
    }
    if (prepares && world.b() == B.WAITS && !world.frozen()) {
      return List.of(world.told(true));
    }
    return nothingMoves || world.a() == A.DEAD ? List.of(world.overdue(true)) : List.of();
  }

  /** All worlds that a fault makes of this one; none where it can do nothing. */
  static List<World> strike(World world, Fault fault) {
    boolean undecided = world.verdict() == Verdict.NONE && world.conducting();
    return switch (fault) {
      case AGENT_KILLED -> killAgent(world);
      case STEP_FAILED ->
          undecided
              ? List.of(
                  world.demand(world.told() ? Demand.TRANSFER_FAILED : Demand.PREPARATION_FAILED))
              : List.of();
      case A_KILLED -> world.a() == A.DEAD ? List.of() : List.of(world.a(A.DEAD));
      case B_KILLED -> world.bLives() ? List.of(world.b(B.DEAD)) : List.of();
      case B_FROZEN -> world.bLives() && !world.frozen() ? List.of(world.freezing()) : List.of();
      case A_HANGS ->
          world.a() == A.SENDS && world.bLives() && !world.hangs()
              ? List.of(world.hangs(true))
              : List.of();
      case TOO_SLOW ->
          Decision.next(world.seen()) == Action.WAIT ? List.of(world.overdue(true)) : List.of();
      case CONT_REFUSED ->
          world.ran() || world.refuses() || !world.bLives() ? List.of() : List.of(world.refusing());
      case UPDATE_DELETED -> demanded(world, undecided, Demand.UPDATE_DELETED);
      case GUEST_STOPS -> demanded(world, undecided, Demand.GUEST_STOPS);
      case TARGET_DELETED -> demanded(world, undecided, Demand.TARGET_DELETED);
      case AGENT_STOPS -> demanded(world, undecided, Demand.AGENT_STOPS);
      case GUEST_ENDS ->
          // Once B listens, the guest's end goes over to it with its state.
          world.a() == A.RUNS && !world.told()
              ? List.of(world.a(A.ENDED).demand(Demand.GUEST_ENDED))
              : List.of();
    };
  }

  /** After the verdict nobody asks any more; the demand is met when the handoff is over. */
  private static List<World> demanded(World world, boolean undecided, Demand demand) {
    return List.of(undecided ? world.demand(demand) : world);
  }

  /** Its relay dies with it: before the end of the cpr stream B may die of that, or wait on. */
  private static List<World> killAgent(World world) {
    if (!world.conducting()) {
      return List.of(world.restarted());
    }
    World after = world.restarted();
    return world.b() == B.STARTS ? List.of(after, after.b(B.DEAD)) : List.of(after);
  }

  /**
   * How a handoff can end.
   *
   * @param faults how many may strike, at whatever moments
   */
  static Set<Action> ends(World from, int faults) {
    Set<Action> ends = EnumSet.noneOf(Action.class);
    record Place(World world, int faults) {}
    Set<Place> known = new HashSet<>();
    Deque<Place> open = new ArrayDeque<>(List.of(new Place(from, faults)));
    while (!open.isEmpty()) {
      Place place = open.removeLast();
      if (!known.add(place)) {
        continue;
      }
      World world = place.world();
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
  static Set<World> worlds(int faults) {
    Map<World, Integer> known = new HashMap<>();
    Deque<Map.Entry<World, Integer>> open = new ArrayDeque<>();
    open.add(Map.entry(World.BEGIN, faults));
    while (!open.isEmpty()) {
      Map.Entry<World, Integer> place = open.removeLast();
      World world = place.getKey();
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
      for (World world : worlds(0)) {
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
  static void endsFrom(World world, Set<World> ending, Set<World> passing) {
    if (world.end() != null || ending.contains(world)) {
      return;
    }
    require(passing.add(world), "it goes round in a circle: " + world);
    next(world).forEach(next -> endsFrom(next, ending, passing));
    passing.remove(world);
    ending.add(world);
  }
}
