package dev.moult.e2e;

import dev.moult.e2e.cluster.Evidence;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Moult as its chart installs it, once per run of the tests; gives tests a client. The development
 * cluster must be up and know the images (dev/test sees to both). Of a test that fails it prints
 * what there is to know of the cluster, while it is there: some faults are seen once in months.
 */
final class Installed
    implements BeforeAllCallback,
        AfterTestExecutionCallback,
        LifecycleMethodExecutionExceptionHandler,
        ParameterResolver {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(Installed.class);

  /** Closed by JUnit at the end of the run. */
  private record Session(KubernetesClient client) implements AutoCloseable {
    @Override
    public void close() {
      client.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    session(context);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    context.getExecutionException().ifPresent(failure -> evidence(context));
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    evidence(context);
    throw failure;
  }

  private static void evidence(ExtensionContext context) {
    var of = context.getRequiredTestClass().getSimpleName() + ", " + context.getDisplayName();
    Evidence.print(checkout(), of, System.out);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == KubernetesClient.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return session(context).client();
  }

  private static Session session(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(STORE)
        .computeIfAbsent(
            Session.class,
            key -> {
              run("dev/install");
              return new Session(new KubernetesClientBuilder().build());
            },
            Session.class);
  }

  /** Where the checkout is. */
  static Path checkout() {
    return Path.of(System.getProperty("moult.checkout"));
  }

  /**
   * Runs a program in the checkout.
   *
   * @return what it printed
   * @throws AssertionError with what it printed, if it fails
   */
  static String run(String... command) {
    try {
      var process =
          new ProcessBuilder(command)
              .directory(checkout().toFile())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError(List.of(command) + " failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new AssertionError(List.of(command) + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
