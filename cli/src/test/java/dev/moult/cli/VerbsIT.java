package dev.moult.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moult.api.testing.ApiServerExtension;
import dev.moult.api.v1alpha1.LiveUpdate;
import dev.moult.api.v1alpha1.VirtualMachine;
import dev.moult.api.v1alpha1.VirtualMachineAutopsy;
import dev.moult.cli.cluster.Permission;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The verbs against a real API server; operator and agent are played by the tests. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class VerbsIT {
  @RegisterExtension static final ApiServerExtension api = new ApiServerExtension();

  private static final String FREEZE =
      """
      {"status": {"guest": {"filesystemFreeze": {"requestedAt": "%s", "state": "%s",
      "message": "%s"}}}}
      """;

  private static final String RUNS =
      """
      {"status": {"observedGeneration": 999, "phase": "Running", "runID": "r1", "address": "10.0.0.7",
        "nodeName": "node1",
        "guest": {"runID": "r1", "state": "running", "since": "2026-01-01T00:00:00Z"}}}
      """;

  private static final String SYSTEM = "moult-system";

  @TempDir static Path directory;
  private static Path kubeconfig;

  @BeforeAll
  static void kubeconfig() throws IOException {
    kubeconfig = directory.resolve("config");
    Files.writeString(kubeconfig, api.server().kubeconfig());
  }

  /** Without an address, so that the API server says at once that it cannot reach it. */
  @BeforeAll
  static void nodeAgent() {
    api.client()
        .namespaces()
        .resource(new NamespaceBuilder().withNewMetadata().withName(SYSTEM).endMetadata().build())
        .create();
    api.client()
        .resource(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: moult-node-agent-1
              labels: {app.kubernetes.io/name: moult, app.kubernetes.io/component: node-agent}
            spec: {nodeName: node1, containers: [{name: agent, image: agent}]}
            """)
        .inNamespace(SYSTEM)
        .create();
  }

  @Test
  void startAndStopChangeTheRunStrategyAndSayWhichField() {
    vm("web", "Halted");

    var started = run("start", "web");

    assertThat(started.err()).isEmpty();
    assertThat(started.out())
        .isEqualTo("virtualmachine.moult.dev/web patched (spec.runStrategy: Halted -> Always)\n");
    assertThat(run("start", "web").out()).contains("unchanged");
    assertThat(run("stop", "web").out()).contains("spec.runStrategy: Always -> Halted");
    assertThat(vms("web").get().getSpec().runStrategy()).hasToString("HALTED");
  }

  @Test
  void startWaitsUntilTheGuestRuns() throws Exception {
    vm("web", "Halted");

    var started = later("start", "web", "--wait");
    vms("web")
        .waitUntilCondition(
            vm -> vm.getSpec().runStrategy().name().equals("ALWAYS"), 30, TimeUnit.SECONDS);
    status("web", "{\"status\": {\"observedGeneration\": 2, \"phase\": \"Starting\"}}");
    // Both may be seen as one change; what matters is the last.
    status("web", RUNS);

    assertThat(started.get(30, TimeUnit.SECONDS).code()).isZero();
    assertThat(started.get().out()).endsWith("virtualmachine.moult.dev/web running\n");
  }

  @Test
  void whatDoesNotStartInTimeIsToldWithItsReason() {
    vm("web", "Always");
    status(
        "web",
        """
        {"status": {"observedGeneration": 1, "phase": "Scheduling", "conditions": [{"type": "Ready",
        "status": "False", "reason": "InsufficientMemory", "message": "no node has 512Mi",
        "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}
        """);

    var run = run("start", "web", "--wait", "--timeout", "1s");

    assertThat(run.code()).isOne();
    assertThat(run.err())
        .contains("web is not running after 1s", "InsufficientMemory, no node has 512Mi");
  }

  @Test
  void restartOfAHaltedMachineIsRefused() {
    vm("web", "Halted");

    var run = run("restart", "web");

    assertThat(run.code()).isOne();
    assertThat(run.err()).contains("it is halted").contains("start it instead");
  }

  @Test
  void pauseResumeAndResetChangeTheSpecAndWait() {
    vm("web", "Always");
    status("web", RUNS);

    assertThat(run("pause", "web").out()).contains("patched (spec.paused: false -> true)");
    assertThat(vms("web").get().getSpec().paused()).isTrue();
    assertThat(run("pause", "web").out()).contains("unchanged (spec.paused is true already)");
    assertThat(run("resume", "web").out()).contains("patched (spec.paused: true -> false)");
    assertThat(vms("web").get().getSpec().paused()).isFalse();
    assertThat(run("reset", "web").out()).contains("patched (spec.resetRequestedAt: 20");
    var asked = vms("web").get().getSpec().resetRequestedAt();
    assertThat(asked).isNotNull();

    assertThat(run("reset", "web").code()).isZero();
    assertThat(vms("web").get().getSpec().resetRequestedAt()).isAfter(asked);
    assertThat(run("pause", "web", "--wait", "--timeout", "1s").err())
        .contains("web is not paused after 1s");
  }

  @Test
  void freezeWaitsUntilTheAgentHasDoneItAndUnfreezeTakesItBack() throws Exception {
    vm("web", "Always");
    status("web", RUNS);

    var frozen = later("freeze", "web", "--wait", "--unfreeze-after", "30s");
    vms("web")
        .waitUntilCondition(vm -> vm.getSpec().filesystemFreeze() != null, 30, TimeUnit.SECONDS);
    var asked = Objects.requireNonNull(vms("web").get().getSpec().filesystemFreeze());
    assertThat(asked.unfreezeAfter()).isEqualTo("30s");
    status("web", FREEZE.formatted(asked.requestedAt(), "Frozen", "2 of them"));
    assertThat(frozen.get(30, TimeUnit.SECONDS).code()).isZero();
    assertThat(frozen.get().out()).endsWith("virtualmachine.moult.dev/web frozen\n");

    assertThat(run("unfreeze", "web").out()).contains("patched (spec.filesystemFreeze: removed)");
    assertThat(vms("web").get().getSpec().filesystemFreeze()).isNull();
    assertThat(run("unfreeze", "web").out()).contains("unchanged");
    assertThat(run("freeze", "web", "--unfreeze-after", "1h").err())
        .contains("must be a duration from 5s to 10m");
  }

  @Test
  void aFreezeThatFailsIsTold() throws Exception {
    vm("web", "Always");
    status("web", RUNS);

    var frozen = later("freeze", "web", "--wait");
    vms("web")
        .waitUntilCondition(vm -> vm.getSpec().filesystemFreeze() != null, 30, TimeUnit.SECONDS);
    var asked = Objects.requireNonNull(vms("web").get().getSpec().filesystemFreeze());
    status("web", FREEZE.formatted(asked.requestedAt(), "Failed", "It refuses."));

    assertThat(frozen.get(30, TimeUnit.SECONDS).code()).isOne();
    assertThat(frozen.get().err()).contains("web is not frozen: It refuses.");
  }

  @Test
  void aMachineWithoutAGuestIsNotReset() {
    vm("web", "Halted");

    assertThat(run("reset", "web").err()).contains("it has no guest", "start it instead");
    assertThat(run("pause", "web").err()).contains("it is halted");
    assertThat(run("freeze", "web").err()).contains("no guest runs");
  }

  @Test
  void aNameThatIsNearIsSuggested() {
    vm("web", "Halted");

    assertThat(run("stop", "wbe").err())
        .contains("virtualmachines.moult.dev \"wbe\" not found", "did you mean web?");
  }

  @Test
  void updateIsWatchedToItsEnd() throws Exception {
    vm("web", "Always");

    var update = later("update", "web", "--wait", "--force", "--verify-memory");
    var created = awaitUpdate();
    assertThat(created.getSpec().force()).isTrue();
    assertThat(created.getSpec().verifyMemory()).isTrue();
    updateStatus(
        created,
        """
        {"status": {"phase": "Preparing", "timeline": [{"step": "Started", "offset": "0s",
        "offsetMicros": 0}]}}
        """);
    updateStatus(
        created,
        """
        {"status": {"phase": "Completed", "pause": "9.4ms", "duration": "2.1s",
        "from": {"qemuVersion": "10.0.2"}, "to": {"qemuVersion": "11.1.3"},
        "timeline": [{"step": "Started", "offset": "0s", "offsetMicros": 0},
        {"step": "GuestResumed", "offset": "1.9s", "offsetMicros": 1900000}]}}
        """);

    var seen = update.get(30, TimeUnit.SECONDS);
    assertThat(seen.err()).isEmpty();
    assertThat(seen.code()).isZero();
    assertThat(seen.out())
        .startsWith("liveupdate.moult.dev/" + created.getMetadata().getName() + " created\n")
        .containsOnlyOnce("Started")
        .contains("1.9s  GuestResumed")
        .endsWith(
            "Completed: the guest stood still for 9.4ms; QEMU 10.0.2 -> 11.1.3; 2.1s in all\n");
    assertThat(run("history", "web").out())
        .matches("(?s)VM +WHEN +FROM .*web +20.* 10.0.2 +11.1.3 +9.4ms +Completed +<none> +web-.*");
  }

  @Test
  void updateThatIsRefusedEndsWithOneAndItsBlockers() throws Exception {
    vm("web", "Always");

    var update = later("update", "web", "--wait");
    updateStatus(
        awaitUpdate(),
        """
        {"status": {"phase": "Refused", "reason": "PrivateMemory", "message": "cannot",
        "blockers": [{"reason": "PrivateMemory", "message": "not shared"}]}}
        """);

    var seen = update.get(30, TimeUnit.SECONDS);
    assertThat(seen.code()).isOne();
    assertThat(seen.out())
        .endsWith("Refused (PrivateMemory): cannot\n  PrivateMemory: not shared\n");
  }

  @Test
  void anObjectIsPrintedWhole() {
    vm("web", "Always");

    assertThat(run("update", "web", "-o", "name").out()).matches("liveupdate.moult.dev/web-\\S+\n");
    assertThat(run("update", "web", "-o", "yaml", "--timeout", "90s").out())
        .contains("kind: LiveUpdate")
        .contains("timeout:");
    assertThat(run("history", "web", "-o", "json").out()).contains("\"generateName\"");
    assertThat(run("history", "-A").out()).contains("NAMESPACE", api.namespace());
  }

  @Test
  void topListsWhatDoesNotRunAndSaysWhichAgentIsAway() {
    vm("web", "Always");
    status("web", RUNS);
    vm("db", "Halted");

    var halted = run("top", "db");
    var all = run("top");

    assertThat(halted.err()).isEmpty();
    assertThat(halted.code()).isZero();
    assertThat(halted.out()).contains("CPU(cores)").containsPattern("db( +-){8}");
    assertThat(all.code()).as("no agent answers").isOne();
    assertThat(all.err()).contains("warning: the node agent of node1 does not answer: HTTP 4");
    assertThat(all.out().lines().toList()).hasSize(3);
    assertThat(run("top", "wbe").err()).contains("\"wbe\" not found", "did you mean web?");
    assertThat(run("top", "-A", "--no-headers").out()).contains(api.namespace());
    assertThat(run("top", "web", "--system-namespace", "nowhere").err())
        .contains("no node agent in namespace \"nowhere\"");
  }

  @Test
  void autopsyPrintsWhatTheAgentFound() throws Exception {
    vm("web", "Always");

    var autopsy = later("autopsy", "web");
    var made = awaitAutopsy();
    assertThat(made.getSpec().virtualMachine()).isEqualTo("web");
    assertThat(made.getSpec().keySha256()).matches("[0-9a-f]{64}");
    autopsyStatus(
        made,
        """
        {"status": {"findings": {"uid": "u", "readable": true, "lines": 2, "bytes": 26,
        "log": "[    0.000001] one\\n\\ttwo \\u001b\\n", "remarks": ["3 messages were overwritten"]}}}
        """);

    var run = autopsy.get(30, TimeUnit.SECONDS);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo("[    0.000001] one\n\ttwo \u00b7\n");
    assertThat(run.err()).isEqualTo("note: 3 messages were overwritten\n");
  }

  @Test
  void anAutopsyThatFailsSaysWhy() throws Exception {
    vm("web", "Always");

    var unreadable = later("autopsy", "web");
    autopsyStatus(
        awaitAutopsy(),
        """
        {"status": {"findings": {"uid": "u", "readable": false, "message": "No kernel."}}}
        """);
    assertThat(unreadable.get(30, TimeUnit.SECONDS).err()).contains("no log: No kernel.");
    assertThat(unreadable.get().code()).isOne();
    api.client().resources(VirtualMachineAutopsy.class).inNamespace(api.namespace()).delete();

    var failed = later("autopsy", "web");
    autopsyStatus(
        awaitAutopsy(),
        """
        {"status": {"phase": "Failed", "message": "The VirtualMachine has no node."}}
        """);
    assertThat(failed.get(30, TimeUnit.SECONDS).err())
        .contains("no autopsy: The VirtualMachine has no node.");
  }

  /** Each verb with what it declares, and with each of it missing. */
  @Test
  void whatIsDeclaredIsNeededAndEnough() {
    vm("web", "Always");
    status("web", RUNS);
    var wrong = new ArrayList<String>();
    for (Verb verb : Verb.all()) {
      for (boolean waits : verb.waiting().isEmpty() ? List.of(false) : List.of(false, true)) {
        List<String> line = line(verb, waits);
        if (line.isEmpty()) {
          continue;
        }
        var needed = new ArrayList<>(verb.always());
        if (waits) {
          needed.addAll(verb.waiting());
        }
        var enough = runAs(needed, line);
        if (enough.err().contains("you may not")) {
          wrong.add(line + " with " + needed + ": " + enough.err());
        }
        for (Permission missing : needed) {
          var others = needed.stream().filter(p -> p != missing).toList();
          if (!runAs(others, line).err().contains("you may not " + missing)) {
            wrong.add(line + " without " + missing + " does not miss it: " + runAs(others, line));
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** The last one: the API is taken away. */
  @Test
  @Order(Integer.MAX_VALUE)
  void aClusterWithoutMoultIsToldApart() {
    api.client().apiextensions().v1().customResourceDefinitions().delete();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(api.client().getApiResources("moult.dev/v1alpha1")).isNull());

    for (String verb :
        List.of("start", "update", "history", "preflight", "top", "console", "screenshot")) {
      var run = run(verb, "web");

      assertThat(run.code()).as(verb).isOne();
      assertThat(run.err()).as(verb).contains("has no Moult", "moult.dev/v1alpha1");
    }
    assertThat(run("history").err()).contains("has no Moult");
  }

  /** How a verb is tried; empty where it needs more than an API server to get so far. */
  private static List<String> line(Verb verb, boolean waits) {
    return switch (verb.name()) {
      case "start",
          "stop",
          "restart",
          "pause",
          "resume",
          "suspend",
          "reset",
          "freeze",
          "unfreeze" ->
          waits
              ? List.of(verb.name(), "web", "--wait", "--timeout", "1s")
              : List.of(verb.name(), "web");
      case "update" -> waits ? List.of() : List.of("update", "web");
      // What it needs beside is of the port, which no API server alone has.
      case "autopsy" -> waits ? List.of() : List.of("autopsy", "web", "--timeout", "1s");
      case "history", "preflight", "top" -> List.of(verb.name(), "web");
      case "ssh", "console", "vnc", "screenshot" -> List.of();
      default -> throw new AssertionError("how is " + verb.name() + " tried?");
    };
  }

  private static Run runAs(List<Permission> permissions, List<String> line) {
    var jane = "jane";
    allow(jane, permissions.stream().filter(p -> !p.ofSystem()).toList(), api.namespace());
    allow(jane, permissions.stream().filter(Permission::ofSystem).toList(), SYSTEM);
    strategy(line.getFirst().equals("start") ? "Halted" : "Always");
    running();
    paused(line.getFirst().equals("resume"));
    frozen(line.getFirst().equals("unfreeze"));
    // The authorizer hears of a role by a watch of its own.
    for (Permission permission : Permission.values()) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> allowed(jane, permission) == permissions.contains(permission));
    }
    return run(Stream.concat(line.stream(), Stream.of("--as", jane)).toArray(String[]::new));
  }

  private static void allow(String user, List<Permission> permissions, String namespace) {
    api.client()
        .rbac()
        .roles()
        .inNamespace(namespace)
        .resource(
            new RoleBuilder()
                .withNewMetadata()
                .withName(user)
                .endMetadata()
                .withRules(permissions.stream().map(VerbsIT::rule).toList())
                .build())
        .serverSideApply();
    api.client()
        .rbac()
        .roleBindings()
        .inNamespace(namespace)
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withName(user)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "Role", user)
                .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                .build())
        .serverSideApply();
  }

  private static boolean allowed(String user, Permission permission) {
    String[] resource = permission.resource().split("/", 2);
    return api.client()
        .authorization()
        .v1()
        .subjectAccessReview()
        .create(
            new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser(user)
                .withNewResourceAttributes()
                .withNamespace(permission.ofSystem() ? SYSTEM : api.namespace())
                .withVerb(permission.verb())
                .withGroup(permission.group())
                .withResource(resource[0])
                .withSubresource(resource.length > 1 ? resource[1] : "")
                .endResourceAttributes()
                .endSpec()
                .build())
        .getStatus()
        .getAllowed();
  }

  private static PolicyRule rule(Permission permission) {
    return new PolicyRuleBuilder()
        .withApiGroups(permission.group())
        .withResources(permission.resource())
        .withVerbs(permission.verb())
        .build();
  }

  /** On a thread of its own: the common pool, of one thread on small machines, is the clients'. */
  private static Future<Run> later(String... arguments) {
    var run = new FutureTask<>(() -> run(arguments));
    Thread.ofPlatform().daemon().name("kubectl-moult").start(run);
    return run;
  }

  private static Run run(String... arguments) {
    var common = Stream.of("--kubeconfig", kubeconfig.toString(), "-n", api.namespace());
    boolean everywhere = List.of(arguments).contains("-A");
    return Run.of(
        Stream.concat(Stream.of(arguments), everywhere ? common.limit(2) : common)
            .toArray(String[]::new));
  }

  private static void vm(String name, String strategy) {
    api.client()
        .resource(
            """
            apiVersion: moult.dev/v1alpha1
            kind: VirtualMachine
            metadata: {name: %s}
            spec: {runStrategy: %s, cpu: {cores: 1}, memory: {size: 512Mi},
              boot: {firmware: BIOS}, networks: [{name: pod, pod: {}}],
              disks: [{name: root, containerDisk: {image: disk, path: /disk/root.qcow2}}]}
            """
                .formatted(name, strategy))
        .inNamespace(api.namespace())
        .create();
  }

  private static void strategy(String strategy) {
    vms("web")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\": {\"runStrategy\": \"" + strategy + "\"}}");
  }

  private static void paused(boolean paused) {
    vms("web")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"paused\": " + paused + "}}");
  }

  private static void running() {
    vms("web").patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"power\": \"Running\"}}");
  }

  private static void frozen(boolean frozen) {
    vms("web")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\": {\"filesystemFreeze\": "
                + (frozen ? "{\"requestedAt\": \"2026-01-01T00:00:00Z\"}" : "null")
                + "}}");
  }

  private static Resource<VirtualMachine> vms(String name) {
    return api.client().resources(VirtualMachine.class).inNamespace(api.namespace()).withName(name);
  }

  private static void status(String vm, String json) {
    vms(vm).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  private static LiveUpdate awaitUpdate() throws Exception {
    return api.client()
        .resources(LiveUpdate.class)
        .inNamespace(api.namespace())
        .informOnCondition(updates -> !updates.isEmpty())
        .get(30, TimeUnit.SECONDS)
        .getFirst();
  }

  private static VirtualMachineAutopsy awaitAutopsy() throws Exception {
    return api.client()
        .resources(VirtualMachineAutopsy.class)
        .inNamespace(api.namespace())
        .informOnCondition(autopsies -> !autopsies.isEmpty())
        .get(30, TimeUnit.SECONDS)
        .getFirst();
  }

  private static void autopsyStatus(VirtualMachineAutopsy autopsy, String json) {
    api.client()
        .resources(VirtualMachineAutopsy.class)
        .inNamespace(api.namespace())
        .withName(autopsy.getMetadata().getName())
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  private static void updateStatus(LiveUpdate update, String json) {
    api.client()
        .resources(LiveUpdate.class)
        .inNamespace(api.namespace())
        .withName(update.getMetadata().getName())
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }
}
