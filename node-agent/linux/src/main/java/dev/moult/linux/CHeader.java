package dev.moult.linux;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names the C headers that define the constants of an {@code …Abi} class, for the layout test. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface CHeader {
  /** Header names as in {@code #include <…>}, in order. */
  String[] value();
}
