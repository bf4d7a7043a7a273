package dev.moult.agent.autopsy;

import dev.moult.agent.journal.RunRecord;
import dev.moult.agent.run.Glimpse;
import dev.moult.agent.status.ApiWriter;
import dev.moult.agent.status.EventRecorder;
import dev.moult.agent.status.StatusClient;
import dev.moult.api.v1alpha1.AutopsyFindings;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;

/** By the agent's one line to the API server. */
public final class ApiTelling implements Autopsies.Telling {
  private final StatusClient client;
  private final ApiWriter writer;
  private final EventRecorder events;

  /** Tells by these. */
  public ApiTelling(StatusClient client, ApiWriter writer, EventRecorder events) {
    this.client = client;
    this.writer = writer;
    this.events = events;
  }

  @Override
  public void found(VirtualMachineAutopsy autopsy, AutopsyFindings findings) {
    writer.submit(
        "autopsy/" + autopsy.getMetadata().getUid(),
        () -> {
          boolean unused = client.apply(autopsy, findings);
        });
  }

  @Override
  public void event(Glimpse vm, String sentence) {
    RunRecord run = vm.run();
    var about = new VirtualMachine();
    about.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(run.namespace())
            .withName(run.name())
            .withUid(run.vmUid())
            .build());
    events.record(about, EventRecorder.Kind.NORMAL, "GuestMemoryRead", sentence);
  }
}
