package dev.moult.agent.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GuestScheduleTest {
  private long now = 1;
  private final GuestSchedule schedule = new GuestSchedule(() -> now, new Random(1));

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void nobodyIsAskedWhoIsNotThere() {
    schedule.begin(false);
    pass(Duration.ofHours(1));

    assertThat(schedule.isDue()).isFalse();
    assertThat(schedule.isAway()).isTrue();
  }

  @Test
  void oneThatComesIsAskedAtOnceAndThenNowAndThen() {
    schedule.begin(false);
    schedule.changed(true);
    assertThat(schedule.isDue()).isTrue();

    int looks = 0;
    for (int second = 0; second < 3600; second++) {
      if (schedule.isDue()) {
        schedule.answered();
        looks++;
      }
      pass(Duration.ofSeconds(1));
    }
    assertThat(looks).isBetween(14, 20);
    assertThat(schedule.isAway()).isFalse();
  }

  @Test
  void aBootingGuestIsAskedAgainSoonerThanOneOfAQemuThatTookOver() {
    schedule.begin(false);
    schedule.changed(true);
    schedule.answered();
    pass(GuestSchedule.FIRST_REFRESH.multipliedBy(2));
    assertThat(schedule.isDue()).isTrue();

    schedule.answered();
    schedule.begin(true);
    for (int i = 0; i < 5; i++) {
      schedule.answered();
    }
    pass(GuestSchedule.FIRST_REFRESH.multipliedBy(2));
    assertThat(schedule.isDue()).isFalse();
  }

  @Test
  void oneThatIsSilentIsAskedEachTimeLater() {
    schedule.begin(true);
    int looks = 0;
    for (int second = 0; second < 3600; second++) {
      if (schedule.isDue()) {
        schedule.failed();
        looks++;
      }
      pass(Duration.ofSeconds(1));
    }

    assertThat(looks).isBetween(10, 25);
  }

  @Test
  void oneThatIsGoneForAMomentIsNotAway() {
    schedule.begin(true);
    schedule.answered();

    schedule.changed(false);
    assertThat(schedule.isAway()).isFalse();
    assertThat(schedule.nanosToAway()).isEqualTo(GuestSchedule.MOMENT.toNanos());
    pass(GuestSchedule.MOMENT);
    assertThat(schedule.isAway()).isTrue();
    assertThat(schedule.nanosToAway()).isZero();
  }

  @Test
  void aQemuThatTakesOverHasAMomentToo() {
    schedule.begin(true);
    schedule.answered();

    schedule.begin(false);
    assertThat(schedule.isAway()).isFalse();
    schedule.changed(true);
    assertThat(schedule.isDue()).isTrue();
  }

  @Test
  void oneThatComesAndGoesWithoutEndIsRationed() {
    schedule.begin(false);
    int looks = 0;
    for (int second = 0; second < 600; second++) {
      schedule.changed(true);
      if (schedule.isDue()) {
        schedule.answered();
        looks++;
      }
      schedule.changed(false);
      pass(Duration.ofSeconds(1));
    }

    assertThat(looks).isBetween(10, 14);
  }

  @Test
  void whatIsAskedForSoonIsDue() {
    schedule.begin(true);
    schedule.answered();
    assertThat(schedule.isDue()).isFalse();

    schedule.soon();

    assertThat(schedule.isDue()).isTrue();
  }
}
