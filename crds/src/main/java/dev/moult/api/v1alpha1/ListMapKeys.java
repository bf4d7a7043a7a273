package dev.moult.api.v1alpha1;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a list a map by these keys in the CRD ({@code x-kubernetes-list-type: map}), so that two
 * field managers can each own their entries. A list without it is atomic: one writer, whole.
 */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface ListMapKeys {
  /** The fields that together identify an entry; all required or with a default. */
  String[] value();
}
