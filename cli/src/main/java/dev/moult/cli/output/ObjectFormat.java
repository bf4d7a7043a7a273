package dev.moult.cli.output;

/** How an object of the API is printed with {@code -o}. */
public enum ObjectFormat {
  /** Kind and name only, as {@code kubectl -o name} does. */
  NAME,
  /** The whole object as JSON. */
  JSON,
  /** The whole object as YAML. */
  YAML
}
