package dev.moult.api.v1alpha1;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A reason as a metric's label: one of the API's, so that there are no more series than those. */
public final class ReasonLabel {
  private static final String OTHER = "Other";
  private static final Set<String> KNOWN =
      Arrays.stream(Reason.values()).map(Reason::value).collect(Collectors.toUnmodifiableSet());

  private ReasonLabel() {}

  /** That reason, or {@code Other} for one that is not the API's. */
  public static String of(@Nullable String reason) {
    return reason != null && KNOWN.contains(reason) ? reason : OTHER;
  }
}
