package dev.moult.cli.cluster;

import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** The kubeconfig, with what the client library leaves to its callers. */
final class Kubeconfig {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int REQUEST_MILLIS = 30_000;

  private Kubeconfig() {}

  static Config read(ClusterOptions options) {
    if (options.kubeconfig != null) {
      if (!Files.isReadable(options.kubeconfig)) {
        throw new CommandFailure("the kubeconfig " + options.kubeconfig + " cannot be read");
      }
      // The library takes a file with its relative paths and its contexts from nowhere else.
      System.setProperty(Config.KUBERNETES_KUBECONFIG_FILE, options.kubeconfig.toString());
    }
    Config config = parse(options);
    requireContext(config, options);
    var builder =
        new ConfigBuilder(config)
            .withUserAgent("kubectl-moult")
            .withConnectionTimeout(CONNECT_MILLIS)
            .withRequestTimeout(REQUEST_MILLIS)
            // Who waits at a terminal wants to know.
            .withRequestRetryBackoffLimit(1);
    if (options.namespace != null) {
      builder.withNamespace(options.namespace);
    } else if (config.getNamespace() == null) {
      builder.withNamespace("default");
    }
    if (options.as != null) {
      builder.withImpersonateUsername(options.as);
    }
    if (options.asGroups != null) {
      builder.withImpersonateGroups(options.asGroups.toArray(String[]::new));
    }
    String algorithm = keyAlgorithm(config);
    if (algorithm != null) {
      builder.withClientKeyAlgo(algorithm);
    }
    return builder.build();
  }

  private static Config parse(ClusterOptions options) {
    try {
      return Config.autoConfigure(options.context);
    } catch (MarkedYamlEngineException e) {
      // Its message has the lines around, and with them perhaps a token.
      throw new CommandFailure(
          "the kubeconfig is not YAML: "
              + e.getProblem()
              + e.getProblemMark().map(at -> ", in line " + (at.getLine() + 1)).orElse(""),
          e);
    }
  }

  private static void requireContext(Config config, ClusterOptions options) {
    List<NamedContext> contexts = config.getContexts();
    if (options.context != null
        && contexts.stream().noneMatch(c -> options.context.equals(c.getName()))) {
      throw new CommandFailure(
          "context \""
              + options.context
              + "\" is not in the kubeconfig; it has: "
              + contexts.stream().map(NamedContext::getName).collect(Collectors.joining(", ")));
    }
    if (config.getFile() == null
        && config.getOauthToken() == null
        && config.getAutoOAuthToken() == null) {
      throw new CommandFailure(
          "no kubeconfig: "
              + Config.getKubeconfigFilenames().stream().collect(Collectors.joining(", "))
              + " is not there; set KUBECONFIG, or name one with --kubeconfig");
    }
  }

  /**
   * The algorithm of the client's key, which the library takes for RSA unless the file's own header
   * says otherwise; a PKCS #8 file's does not.
   */
  private static @Nullable String keyAlgorithm(Config config) {
    String pem = clientKey(config);
    if (pem == null || !pem.contains("-----BEGIN PRIVATE KEY-----")) {
      return null;
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("(?s)-----[A-Z ]+-----", "").trim());
    return Stream.of("EC", "RSA", "Ed25519")
        .filter(algorithm -> isKey(algorithm, der))
        .findFirst()
        .orElse(null);
  }

  private static boolean isKey(String algorithm, byte[] der) {
    try {
      var _ = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      return true;
    } catch (GeneralSecurityException another) {
      return false;
    }
  }

  private static @Nullable String clientKey(Config config) {
    try {
      if (config.getClientKeyData() != null) {
        return new String(
            Base64.getMimeDecoder().decode(config.getClientKeyData()), StandardCharsets.US_ASCII);
      }
      return config.getClientKeyFile() == null
          ? null
          : Files.readString(Path.of(config.getClientKeyFile()));
    } catch (IOException e) {
      throw new CommandFailure("the client's key cannot be read: " + e.getMessage(), e);
    }
  }
}
