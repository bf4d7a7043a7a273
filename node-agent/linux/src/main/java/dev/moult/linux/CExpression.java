package dev.moult.linux;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The C expression a constant of an {@code …Abi} class must equal, where its name alone is not one
 * ({@code sizeof}, {@code offsetof}, system call numbers). A field without it must equal the C
 * constant of the same name.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface CExpression {
  /** A C integer constant expression. */
  String value();
}
