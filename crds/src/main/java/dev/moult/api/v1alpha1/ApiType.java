package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How every type of the API goes over the wire: nulls and empty lists are left out (a server-side
 * apply would own them), and fields of a newer version are read over.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@JacksonAnnotationsInside
@JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = ApiType.NothingToSay.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public @interface ApiType {

  /** Equals what is left out: null, empty lists and empty maps. An empty text is a text. */
  final class NothingToSay {
    @Override
    public boolean equals(@Nullable Object value) {
      return value == null
          || (value instanceof Collection<?> list && list.isEmpty())
          || (value instanceof Map<?, ?> map && map.isEmpty());
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }
}
