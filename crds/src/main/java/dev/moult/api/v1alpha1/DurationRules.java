package dev.moult.api.v1alpha1;

/** CEL that the durations share. */
final class DurationRules {
  /**
   * Whether it is one, as Go writes durations; two bounds for {@code duration(self)} may follow.
   */
  static final String IS_ONE = "self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$')";

  private DurationRules() {}
}
