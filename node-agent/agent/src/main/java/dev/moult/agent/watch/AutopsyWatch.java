package dev.moult.agent.watch;

import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Watches the autopsies of this node. Nothing else waits for it: guests do not need it. */
public final class AutopsyWatch implements AutoCloseable {
  private final SharedIndexInformer<VirtualMachineAutopsy> autopsies;

  /** Prepares the informer; {@link #start} begins. */
  public AutopsyWatch(
      KubernetesClient client,
      String nodeName,
      Consumer<VirtualMachineAutopsy> seen,
      Consumer<VirtualMachineAutopsy> gone) {
    autopsies =
        client
            .resources(VirtualMachineAutopsy.class)
            .inAnyNamespace()
            .withField("status.nodeName", nodeName)
            .runnableInformer(0);
    NodeWatch.prepare(autopsies, seen, gone);
  }

  /** Begins; completed when all were listed once. */
  public CompletableFuture<Void> start() {
    return autopsies.start().toCompletableFuture();
  }

  @Override
  public void close() {
    autopsies.stop();
  }
}
