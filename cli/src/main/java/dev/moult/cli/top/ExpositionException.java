package dev.moult.cli.top;

/** A line is not what Prometheus' text format says. */
final class ExpositionException extends Exception {
  private static final long serialVersionUID = 1L;

  ExpositionException(String message) {
    super(message);
  }

  String sentence() {
    return String.valueOf(getMessage());
  }
}
