package dev.moult.linux;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A constant newer than Debian 12's headers: checked where they have it, else counted as unchecked.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface CSince {
  /** The kernel release that brought it. */
  String value();
}
