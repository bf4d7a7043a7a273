package dev.moult.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.agent.journal.Verdict;
import dev.moult.agent.update.Decision.Action;
import dev.moult.agent.update.Decision.Demand;
import dev.moult.agent.update.Decision.Seen;
import dev.moult.agent.update.Decision.Source;
import dev.moult.agent.update.Decision.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every state × observation of a handoff: the rules that keep a guest alive hold in all of them.
 */
class DecisionTest {

  static Stream<Seen> everything() {
    List<Seen> all = new ArrayList<>();
    for (Verdict verdict : Verdict.values()) {
      for (Source source : Source.values()) {
        for (Target target : Target.values()) {
          for (Demand demand : Demand.values()) {
            for (int flags = 0; flags < 16; flags++) {
              all.add(
                  new Seen(
                      verdict,
                      source,
                      target,
                      (flags & 8) != 0,
                      (flags & 1) != 0,
                      (flags & 2) != 0,
                      demand,
                      (flags & 4) != 0));
            }
          }
        }
      }
    }
    return all.stream();
  }

  private static boolean dead(Target target) {
    return target == Target.GONE || target == Target.ABSENT;
  }

  @Test
  void walksEveryPair() {
    assertThat(everything()).hasSize(3 * 6 * 6 * 9 * 16);
  }

  @Test
  void neverWakesAWhileBMayLiveOrHasRun() {
    everything()
        .forEach(seen -> {
          if (Decision.next(seen) == Action.CONT_SOURCE) {
            assertThat(seen.source()).isEqualTo(Source.POSTMIGRATE);
            assertThat(dead(seen.target())).isTrue();
            assertThat(seen.verdict() == Verdict.ROLLBACK || seen.contRefused()).isTrue();
          }
        });
  }

  @Test
  void wakesBOnlyAfterCommitAndNeverBesideARunningA() {
    everything()
        .forEach(seen -> {
          if (Decision.next(seen) == Action.CONT_TARGET) {
            assertThat(seen.verdict()).isEqualTo(Verdict.COMMIT);
            assertThat(seen.target()).isEqualTo(Target.LOADED);
            assertThat(seen.source()).isNotIn(Source.RUNNING, Source.STOPPING);
            assertThat(seen.contRefused()).isFalse();
            assertThat(seen.frozen() || seen.source() == Source.GONE).isTrue();
          }
        });
  }

  @Test
  void stopsAOnlyWhenBHasTheWholeStateAndMayHaveTheGuest() {
    everything()
        .forEach(seen -> {
          if (Decision.next(seen) == Action.FREEZE_SOURCE) {
            assertThat(seen.frozen()).isFalse();
            assertThat(seen.target()).isEqualTo(Target.LOADED);
            assertThat(seen.verdict()).isNotEqualTo(Verdict.ROLLBACK);
            assertThat(seen.source()).isNotIn(Source.RUNNING, Source.STOPPING, Source.GONE);
            assertThat(seen.contRefused() && seen.verdict() == Verdict.COMMIT).isFalse();
          }
        });
  }

  @Test
  void anAThatCannotBeProvedStoppedIsNeverBesideARunningB() {
    everything()
        .filter(seen -> seen.demand() == Demand.SOURCE_UNPROVED && !seen.frozen())
        .filter(seen -> seen.source() != Source.GONE && seen.target() == Target.LOADED)
        .forEach(seen -> {
          Action action = Decision.next(seen);
          assertThat(action)
              .as("%s", seen)
              .isIn(
                  seen.verdict() == Verdict.NONE
                      ? List.of(Action.WRITE_ROLLBACK)
                      : List.of(Action.KILL_SOURCE, Action.KILL_TARGET));
        });
  }

  @Test
  void killsAOnlyAfterCommitWhenBRunsOrIsLost() {
    everything()
        .forEach(seen -> {
          if (Decision.next(seen) == Action.KILL_SOURCE) {
            assertThat(seen.verdict()).isEqualTo(Verdict.COMMIT);
            boolean bHasTheGuest = seen.target() == Target.RUNNING;
            boolean aCouldGoOn =
                seen.target() == Target.LOADED
                    && (seen.source() == Source.STOPPING
                        || seen.demand() == Demand.SOURCE_UNPROVED);
            assertThat(bHasTheGuest || aCouldGoOn || dead(seen.target())).isTrue();
          }
        });
  }

  @Test
  void aGuestThatStandsIsTurnedBackByNobody() {
    everything()
        .filter(seen -> seen.source() != Source.RUNNING)
        .filter(seen -> seen.demand() != Demand.PREPARATION_FAILED)
        .filter(seen -> seen.demand() != Demand.SOURCE_UNPROVED)
        .forEach(seen ->
            assertThat(Decision.next(seen))
                .as("%s", seen)
                .isEqualTo(Decision.next(with(seen, Demand.NONE))));
  }

  @Test
  void aVerdictHeedsNoDemand() {
    everything()
        .filter(seen -> seen.verdict() != Verdict.NONE)
        .filter(seen -> seen.demand() != Demand.SOURCE_UNPROVED)
        .forEach(seen ->
            assertThat(Decision.next(seen)).isEqualTo(Decision.next(with(seen, Demand.NONE))));
  }

  @Test
  void anyDemandEndsAHandoffUnderWhichTheGuestRuns() {
    everything()
        .filter(seen -> seen.verdict() == Verdict.NONE && seen.source() == Source.RUNNING)
        .filter(seen -> seen.demand() != Demand.NONE || !seen.conducting())
        .forEach(seen -> assertThat(Decision.next(seen)).isEqualTo(Action.WRITE_ROLLBACK));
  }

  @Test
  void everyWaitHasALimit() {
    everything()
        .filter(seen -> Decision.next(seen) == Action.WAIT)
        .forEach(seen -> {
          Decision.Limit limit = Decision.limit(seen.verdict(), seen.source());
          assertThat(limit.most() != null || seen.source() == Source.RUNNING).isTrue();
          assertThat(seen.overdue()).isFalse();
        });
  }

  private static Seen with(Seen seen, Demand demand) {
    return new Seen(
        seen.verdict(),
        seen.source(),
        seen.target(),
        seen.frozen(),
        seen.contRefused(),
        seen.conducting(),
        demand,
        seen.overdue());
  }

  @Test
  void killsBOnlyAfterAVerdict() {
    everything()
        .forEach(seen -> {
          if (Decision.next(seen) == Action.KILL_TARGET) {
            assertThat(seen.verdict()).isNotEqualTo(Verdict.NONE);
          }
        });
  }

  @Test
  void writesTheVerdictOnce() {
    everything()
        .forEach(seen -> {
          Action action = Decision.next(seen);
          if (action == Action.WRITE_COMMIT || action == Action.WRITE_ROLLBACK) {
            assertThat(seen.verdict()).isEqualTo(Verdict.NONE);
          }
        });
  }

  @Test
  void commitsOnlyWhenBHasTheWholeStateAndADoesNotRun() {
    everything()
        .forEach(seen -> {
          if (Decision.next(seen) == Action.WRITE_COMMIT) {
            assertThat(seen.target()).isIn(Target.LOADED, Target.RUNNING);
            assertThat(seen.source()).isNotEqualTo(Source.RUNNING);
            assertThat(
                    seen.frozen()
                        || seen.source() == Source.GONE
                        || seen.target() == Target.RUNNING)
                .isTrue();
          }
        });
  }

  @Test
  void endsOnlyInWhatIsTrue() {
    everything()
        .forEach(seen -> {
          switch (Decision.next(seen)) {
            case FINISH_COMMITTED -> {
              assertThat(seen.target()).isEqualTo(Target.RUNNING);
              assertThat(seen.source()).isEqualTo(Source.GONE);
            }
            case FINISH_ROLLED_BACK -> {
              assertThat(dead(seen.target())).isTrue();
              assertThat(seen.source()).isIn(Source.RUNNING, Source.ENDED);
            }
            case FINISH_LOST -> {
              assertThat(dead(seen.target())).isTrue();
              assertThat(seen.source()).isEqualTo(Source.GONE);
            }
            case FINISH_STUCK -> {
              assertThat(dead(seen.target())).isTrue();
              assertThat(seen.overdue()).isTrue();
            }
            case WAIT -> assertThat(seen.overdue()).as("every wait has a way out").isFalse();
            case FREEZE_SOURCE,
                WRITE_COMMIT,
                WRITE_ROLLBACK,
                CONT_TARGET,
                KILL_TARGET,
                CONT_SOURCE,
                KILL_SOURCE -> {}
          }
        });
  }

  @Test
  void alwaysComesToAnEnd() {
    everything()
        .forEach(seen -> {
          for (boolean refused : new boolean[] {false, true}) {
            Seen now = seen;
            int steps = 0;
            while (!Decision.next(now).isEnd()) {
              now = after(now, Decision.next(now), refused);
              assertThat(++steps).as("steps from %s", seen).isLessThan(9);
            }
          }
        });
  }

  /**
   * The world after an action that worked; {@code refused}: B answers {@code cont} with an error.
   */
  private static Seen after(Seen seen, Action action, boolean refused) {
    Verdict verdict = seen.verdict();
    Source source = seen.source();
    Target target = seen.target();
    boolean contRefused = seen.contRefused();
    boolean overdue = seen.overdue();
    boolean frozen = seen.frozen();
    switch (action) {
      case FREEZE_SOURCE -> frozen = true;
      case WAIT -> overdue = true;
      case WRITE_COMMIT -> verdict = Verdict.COMMIT;
      case WRITE_ROLLBACK -> verdict = Verdict.ROLLBACK;
      case CONT_TARGET -> {
        contRefused = refused;
        target = refused ? target : Target.RUNNING;
      }
      case KILL_TARGET -> {
        target = Target.GONE;
        frozen = false;
      }
      case CONT_SOURCE -> source = Source.RUNNING;
      case KILL_SOURCE -> source = Source.GONE;
      case FINISH_COMMITTED, FINISH_ROLLED_BACK, FINISH_LOST, FINISH_STUCK ->
          throw new IllegalStateException("over");
    }
    return new Seen(
        verdict, source, target, frozen, contRefused, seen.conducting(), seen.demand(), overdue);
  }

  /** Demand, if any, is in brackets behind what happened. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        // what happened                          |verdict |A          |B       |refused|here |over
        // |action
        "restart, B waits for cpr                 |NONE    |RUNNING    |SILENT  |false|false|false|WRITE_ROLLBACK",
        "restart, cpr sent                        |NONE    |RUNNING    |WAITING |false|false|false|WRITE_ROLLBACK",
        "conducting, cpr sent                     |NONE    |RUNNING    |WAITING |false|true |false|WAIT",
        "conducting, B exits                      |NONE    |RUNNING    |GONE    |false|true |false|WRITE_ROLLBACK",
        "restart in main                          |NONE    |STOPPING   |WAITING |false|false|false|WAIT",
        "B frozen in main                         |NONE    |STOPPING   |SILENT  |false|true |true |WRITE_ROLLBACK",
        "A's monitor hangs in main                |NONE    |SILENT     |SILENT  |false|true |true |WRITE_ROLLBACK",
        "A killed in main                         |NONE    |GONE       |WAITING |false|true |true |WRITE_ROLLBACK",
        "completed                                |NONE    |POSTMIGRATE|LOADED  |false|true |false|FREEZE_SOURCE",
        "  and A stopped then (frozen)            |NONE    |POSTMIGRATE|LOADED  |false|true |false|WRITE_COMMIT",
        "  or A not stopped [SOURCE_UNPROVED]     |NONE    |POSTMIGRATE|LOADED  |false|true |false|WRITE_ROLLBACK",
        "  or A dead meanwhile [SOURCE_UNPROVED]  |NONE    |GONE       |LOADED  |false|true |false|WRITE_COMMIT",
        "restart, completed, no verdict           |NONE    |POSTMIGRATE|LOADED  |false|false|false|FREEZE_SOURCE",
        "  and A stopped then (frozen)            |NONE    |POSTMIGRATE|LOADED  |false|false|false|WRITE_COMMIT",
        "A killed after completed                 |NONE    |GONE       |LOADED  |false|false|false|WRITE_COMMIT",
        "B killed after completed                 |NONE    |POSTMIGRATE|GONE    |false|true |false|WRITE_ROLLBACK",
        "  and then                               |ROLLBACK|POSTMIGRATE|GONE    |false|true |false|CONT_SOURCE",
        "COMMIT written, cont unknown             |COMMIT  |POSTMIGRATE|LOADED  |false|false|false|FREEZE_SOURCE",
        "  and A stopped then (frozen)            |COMMIT  |POSTMIGRATE|LOADED  |false|false|false|CONT_TARGET",
        "  or A not stopped [SOURCE_UNPROVED]     |COMMIT  |POSTMIGRATE|LOADED  |false|false|false|KILL_SOURCE",
        "COMMIT written, A killed                 |COMMIT  |GONE       |LOADED  |false|false|false|CONT_TARGET",
        "COMMIT written, B died                   |COMMIT  |POSTMIGRATE|GONE    |false|false|false|KILL_SOURCE",
        "cont answered with an error              |COMMIT  |POSTMIGRATE|LOADED  |true |true |false|KILL_TARGET",
        "  B dead then                            |COMMIT  |POSTMIGRATE|GONE    |true |true |false|CONT_SOURCE",
        "  A runs then                            |COMMIT  |RUNNING    |GONE    |true |true |false|FINISH_ROLLED_BACK",
        "COMMIT, B frozen                         |COMMIT  |POSTMIGRATE|SILENT  |false|false|true |KILL_TARGET",
        "B runs, A alive                          |COMMIT  |POSTMIGRATE|RUNNING |false|false|false|KILL_SOURCE",
        "B runs, A gone                           |COMMIT  |GONE       |RUNNING |false|false|false|FINISH_COMMITTED",
        "guest powered itself off before the stop |NONE    |ENDED      |WAITING |false|true |false|WRITE_ROLLBACK",
        "rolled back, A fails and resumes         |ROLLBACK|STOPPING   |GONE    |false|true |false|WAIT",
        "rolled back, A never answers             |ROLLBACK|SILENT     |GONE    |false|true |true |FINISH_STUCK",
        "conducting, cancelled [UPDATE_DELETED]   |NONE    |RUNNING    |WAITING |false|true |false|WRITE_ROLLBACK",
        "main, cancelled [UPDATE_DELETED]         |NONE    |STOPPING   |WAITING |false|true |false|WAIT",
        "completed, VM deleted (frozen) [GUEST_STOPS] |NONE |POSTMIGRATE|LOADED |false|true |false|WRITE_COMMIT",
        "B's pod deleted [TARGET_DELETED]         |NONE    |RUNNING    |SILENT  |false|true |false|WRITE_ROLLBACK",
        "VM crash before B listens [PREPARATION_FAILED] |NONE|GONE     |WAITING |false|true |false|WRITE_ROLLBACK",
        "transfer failed, A goes on [TRANSFER_FAILED]   |NONE|RUNNING  |WAITING |false|true |false|WRITE_ROLLBACK",
        "A went on although B has all             |NONE    |RUNNING    |LOADED  |false|true |false|WRITE_ROLLBACK",
        "VM crash under a waiting B               |ROLLBACK|GONE       |WAITING |false|true |false|KILL_TARGET",
      })
  void doesWhatTheFaultTableSays(
      String what,
      Verdict verdict,
      Source source,
      Target target,
      boolean refused,
      boolean conducting,
      boolean overdue,
      Action action) {
    assertThat(
            Decision.next(
                new Seen(
                    verdict,
                    source,
                    target,
                    what.contains("(frozen)"),
                    refused,
                    conducting,
                    demand(what),
                    overdue)))
        .as(what)
        .isEqualTo(action);
  }

  private static Demand demand(String what) {
    int begin = what.indexOf('[');
    return begin < 0 ? Demand.NONE : Demand.valueOf(what.substring(begin + 1, what.indexOf(']')));
  }
}
