package dev.moult.cli.cluster;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a verb needs to be allowed to do: the table of docs/kubectl-moult.md is made from it, and an
 * integration test runs each verb with these permissions, and with each of them missing.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Needs {
  /** Always. */
  Permission[] value();

  /** Only when it waits, or has to begin anew. */
  Permission[] waiting() default {};
}
