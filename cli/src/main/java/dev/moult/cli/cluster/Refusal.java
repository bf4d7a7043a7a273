package dev.moult.cli.cluster;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.vertx.core.VertxException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an API server, or the way to it, said instead of an answer: in words that help. */
public final class Refusal {
  /** k8s.io/apiserver, pkg/endpoints/handlers/responsewriters/errors.go: forbiddenMessage. */
  private static final Pattern CANNOT =
      Pattern.compile(
          "User \"([^\"]*)\" cannot (\\S+) resource \"([^\"]+)\" in API group \"([^\"]*)\""
              + "(?: in the namespace \"([^\"]*)\"| at the cluster scope)?");

  /** k8s.io/apimachinery, pkg/runtime/error.go: strictDecodingError. */
  private static final Pattern UNKNOWN_FIELD =
      Pattern.compile("strict decoding error: unknown field \"([^\"]+)\"");

  private Refusal() {}

  /** Whether the server does not know what was asked for. */
  public static boolean isNotFound(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
  }

  /** Whether the server lets the user not do it. */
  public static boolean isForbidden(KubernetesClientException e) {
    return e.getCode() == HttpURLConnection.HTTP_FORBIDDEN;
  }

  /** Whether the server would answer the same user no better if it were asked again. */
  public static boolean isFinal(KubernetesClientException e) {
    return isForbidden(e) || e.getCode() == HttpURLConnection.HTTP_UNAUTHORIZED;
  }

  /** Whether the server has said which permission is missing. */
  static boolean namesPermission(KubernetesClientException e) {
    return CANNOT.matcher(message(e)).find();
  }

  /** One or two lines for the user. */
  public static String explain(KubernetesClientException e) {
    String message = message(e);
    if (e.getCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
      return "you are not logged in: the API server does not accept the credentials of this"
          + " context";
    }
    if (isForbidden(e)) {
      Matcher cannot = CANNOT.matcher(message);
      return cannot.find() ? missing(cannot) : message;
    }
    if (e.getCode() <= 0) {
      return explainConnection(e);
    }
    Matcher unknown = UNKNOWN_FIELD.matcher(message);
    return unknown.find()
        ? "the Moult of this cluster is older than this plugin: it does not know "
            + unknown.group(1)
        : message;
  }

  /** One or two lines for the user, when no API server has answered. */
  private static String explainConnection(Throwable e) {
    Throwable cause = root(e);
    if (cause instanceof ConnectException
        || cause instanceof UnresolvedAddressException
        || cause instanceof UnknownHostException) {
      return "the API server cannot be reached: " + connectWords(cause);
    }
    return cause instanceof IOException || cause instanceof VertxException
        ? "the API server cannot be reached: " + words(cause)
        : words(cause);
  }

  /** What has gone wrong at the bottom of it, in its own words. */
  public static String rootWords(Throwable e) {
    return words(root(e));
  }

  private static String words(Throwable cause) {
    return Optional.ofNullable(cause.getMessage()).orElse(cause.getClass().getSimpleName());
  }

  private static String connectWords(Throwable cause) {
    if (cause instanceof ConnectException && cause.getMessage() != null) {
      return cause.getMessage();
    }
    return cause instanceof ConnectException ? "connection refused" : "its name is not known";
  }

  /** What is told of a permission that is missing, where the server has not said more. */
  static String missing(Permission permission) {
    return "you may not "
        + permission
        + "\n"
        + role(permission.group(), permission.resource(), permission.verb());
  }

  /** The same, of one namespace. */
  static String missing(Permission permission, String namespace) {
    return "you may not "
        + permission
        + " in namespace \""
        + namespace
        + "\"\n"
        + role(permission.group(), permission.resource(), permission.verb());
  }

  private static String missing(Matcher cannot) {
    String resource = cannot.group(3) + (cannot.group(4).isEmpty() ? "" : "." + cannot.group(4));
    return "you may not "
        + cannot.group(2)
        + " "
        + resource
        + (cannot.group(5) == null ? "" : " in namespace \"" + cannot.group(5) + "\"")
        + " (you are \""
        + cannot.group(1)
        + "\")\n"
        + role(cannot.group(4), cannot.group(3), cannot.group(2));
  }

  private static String role(String group, String resource, String verb) {
    return "Ask for a Role with: apiGroups: [\"%s\"], resources: [\"%s\"], verbs: [\"%s\"]"
        .formatted(group, resource, verb);
  }

  private static String message(KubernetesClientException e) {
    return Optional.ofNullable(e.getStatus())
        .map(Status::getMessage)
        .or(() -> Optional.ofNullable(e.getMessage()))
        .orElse("the API server answered " + e.getCode());
  }

  private static Throwable root(Throwable e) {
    Throwable cause = e;
    for (@Nullable Throwable next = e; next != null; next = next.getCause()) {
      cause = next;
    }
    return cause;
  }
}
