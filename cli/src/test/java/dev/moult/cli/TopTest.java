package dev.moult.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code top} with an API server, and the agents behind it, that the test plays. */
final class TopTest {
  private static final String AGENTS = "/api/v1/namespaces/moult-system/pods";

  @TempDir Path directory;
  private final Map<String, byte[]> pages = new ConcurrentHashMap<>();
  private final Map<String, Integer> codes = new ConcurrentHashMap<>();
  private final AtomicInteger scrapes = new AtomicInteger();
  private final Map<String, String> queries = new ConcurrentHashMap<>();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    vms(vm("web", "node1", "running"), vm("idle", "node1", "paused"), vm("db", "", "stopped"));
    agents(Map.of("node1", "agent-1", "node2", "agent-2"));
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  @Test
  void whatRunsIsShownWithItsFiguresAndWhatDoesNotWithDashes() {
    tells(
        "agent-1", usage("web", 1, 100, 4096) + usage("idle", 0, 0, 0) + usage("theirs", 1, 1, 1));

    var run = top();

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .isEqualTo(
            """
            NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   RESIDENT(bytes)   READ(B/s)   WRITE(B/s)   RX(B/s)   TX(B/s)
            db     -            -        -               -                 -           -            -         -
            idle   0m           0%       512Mi           256Mi             0           0            0         0
            web    1000m        50%      512Mi           256Mi             100         100          4.0Ki     4.0Ki
            """);
    assertThat(queries.get(AGENTS))
        .contains("app.kubernetes.io/name=moult", "app.kubernetes.io/component=node-agent");
  }

  @Test
  void namesChooseAndWhatIsNotThereIsToldWithWhatIsNear() {
    tells("agent-1", usage("web", 1, 100, 4096));

    assertThat(top("web", "--no-headers").out())
        .startsWith("web   1000m   50%   512Mi")
        .hasLineCount(1);
    var missing = top("webb", "web");

    assertThat(missing.code()).isOne();
    assertThat(missing.err()).contains("\"webb\" not found", "did you mean web?");
  }

  @Test
  void withoutAGuestNoAgentIsLookedFor() {
    var run = top("db");

    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(queries).doesNotContainKey(AGENTS);
  }

  @Test
  void anAgentThatIsAwayIsNamedAndTheOthersCount() {
    vms(
        vm("web", "node1", "running"),
        vm("far", "node2", "running"),
        vm("lost", "node3", "running"));
    tells("agent-1", usage("web", 1, 100, 4096));
    status(
        "agent-2", 503, "error trying to reach service: \u001b[31mdial tcp 10.0.0.9:8081: refused");

    var run = top();

    assertThat(run.code()).isZero();
    assertThat(run.out()).containsPattern("far( +-){8}\n").containsPattern("web +1000m");
    assertThat(run.err())
        .isEqualTo(
            """
            warning: the node agent of node2 does not answer: HTTP 503: error trying to reach service: \u00b7[31mdial tcp 10.0.0.9:8081: refused
            warning: the node agent of node3 does not answer: there is none
            """);
  }

  @Test
  void ifNobodyAnswersTheExitCodeIsOne() {
    status("agent-1", 503, "away");

    var run = top();

    assertThat(run.code()).isOne();
    assertThat(run.out()).contains("NAME").containsPattern("web( +-){8}\n");
  }

  @Test
  void whoMayNotAskIsToldWhatIsMissing() {
    status("agent-1", 403, "pods \"agent-1\" is forbidden: User \"jane\" cannot get resource");

    var run = top();

    assertThat(run.code()).isOne();
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            """
            error: you may not get pods/proxy in namespace "moult-system"
            Ask for a Role with: apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"]
            """);
  }

  @Test
  void anAgentThatRefusesByItselfHidesOnlyItsOwn() {
    vms(vm("web", "node1", "running"), vm("far", "node2", "running"));
    tells("agent-1", usage("web", 1, 100, 4096));
    status("agent-2", 403, "no");

    var run = top();

    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("node agent of node2 does not answer: HTTP 403: no");
    assertThat(run.out()).containsPattern("web +1000m");
  }

  @Test
  void anAnswerWithoutEndIsCutOff() {
    byte[] endless = new byte[(8 << 20) + 1];
    Arrays.fill(endless, (byte) '#');
    pages.put("agent-1", endless);

    assertThat(top().err()).contains("node1 does not answer: its answer has more than 8 MiB");
  }

  @Test
  void anAnswerThatIsNoneIsNamedByItsLine() {
    tells("agent-1", "# fine\nmoult_vm_vcpus{name=\"web} 1\n");

    assertThat(top().err())
        .contains("its answer is not as it should be, line 2: it ends too early");
  }

  @Test
  void anOlderAgentTellsMemoryAlone() {
    tells(
        "agent-1",
        usage("web", 1, 100, 4096).replaceAll("(?m)^moult_vm_usage_read_seconds.*\\R", ""));

    var run = top("web", "--no-headers");

    assertThat(run.code()).isZero();
    assertThat(run.out()).isEqualTo("web   -   -   512Mi   256Mi   -   -   -   -\n");
    assertThat(run.err()).contains("node1 is older than this plugin");
  }

  @Test
  void noVirtualMachinesAreNoError() {
    vms();

    var run = top();

    assertThat(run.code()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).isEqualTo("No virtual machines found.\n");
  }

  @Test
  void whereMoultIsNotInstalledTheOptionForItIsNamed() {
    agents(Map.of());

    assertThat(top().err())
        .contains("no node agent in namespace \"moult-system\"", "--system-namespace");
  }

  /** Twice as much after a second of the agent's clock, however long the test took. */
  private static String usage(String vm, int cpu, int disk, int network) {
    return """
    moult_vm_usage_read_seconds{VM,} N
    moult_vm_vcpus{VM,} 2.0
    moult_vm_memory_bytes{VM,} 5.36870912E8
    moult_vm_memory_resident_bytes{VM,} 2.68435456E8
    moult_vm_vcpu_seconds_total{VM,} N*%d
    moult_vm_disk_bytes_total{VM,disk="root",direction="read",} N*%d
    moult_vm_disk_bytes_total{VM,disk="root",direction="write",} N*%<d
    moult_vm_network_bytes_total{VM,direction="receive",} N*%d
    moult_vm_network_bytes_total{VM,direction="transmit",} N*%<d
    """
        .formatted(cpu, disk, network)
        .replace("VM", "namespace=\"shop\",name=\"" + vm + "\"");
  }

  private void tells(String pod, String page) {
    pages.put(pod, page.getBytes(UTF_8));
  }

  private void status(String pod, int code, String message) {
    codes.put(pod, code);
    tells(
        pod,
        "{\"kind\":\"Status\",\"message\":\""
            + message.replace("\"", "\\\"").replace("\u001b", "\\u001b")
            + "\"}");
  }

  private void vms(String... items) {
    pages.put(
        "/apis/moult.dev/v1alpha1/namespaces/shop/virtualmachines",
        list("moult.dev/v1alpha1", "VirtualMachine", Stream.of(items)));
  }

  private static String vm(String name, String node, String state) {
    String phase = state.equals("stopped") ? "Stopped" : "Running";
    return """
    {"apiVersion": "moult.dev/v1alpha1", "kind": "VirtualMachine",
     "metadata": {"name": "%s", "namespace": "shop"},
     "spec": {"cpu": {"cores": 2}, "memory": {"size": "512Mi"}, "boot": {"firmware": "BIOS"}},
     "status": {"phase": "%s", "runID": "r1", "nodeName": "%s",
       "guest": {"runID": "r1", "state": "%s"}}}
    """
        .formatted(name, phase, node, state);
  }

  private void agents(Map<String, String> podOfNode) {
    pages.put(
        AGENTS,
        list(
            "v1",
            "Pod",
            podOfNode.entrySet().stream()
                .map(one ->
                    """
                    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "%s"},
                     "spec": {"nodeName": "%s"}, "status": {"phase": "Running"}}
                    """
                        .formatted(one.getValue(), one.getKey()))));
  }

  private static byte[] list(String version, String kind, Stream<String> items) {
    return """
    {"apiVersion": "%s", "kind": "%sList", "metadata": {"resourceVersion": "1"}, "items": [%s]}
    """
        .formatted(version, kind, items.collect(Collectors.joining(",")))
        .getBytes(UTF_8);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      queries.put(path, String.valueOf(exchange.getRequestURI().getQuery()));
      String pod = path.replaceFirst("^" + AGENTS + "/http:([^:]+):8081/proxy/q/metrics$", "$1");
      byte[] page = pages.get(pod);
      if (page != null && !pod.equals(path)) {
        page = counted(page);
      }
      int code = page == null ? 404 : codes.getOrDefault(pod, 200);
      byte[] body = page == null ? new byte[0] : page;
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(code, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Each scrape counts one more. */
  private byte[] counted(byte[] page) {
    if (page.length > 1 << 20) {
      return page;
    }
    int count = scrapes.incrementAndGet();
    return new String(page, UTF_8)
        .lines()
        .map(line -> counted(line, count))
        .collect(Collectors.joining("\n", "", "\n"))
        .getBytes(UTF_8);
  }

  private static String counted(String line, int count) {
    if (line.endsWith("} N")) {
      return line.replaceFirst("N$", Integer.toString(count));
    }
    int times = line.lastIndexOf("N*");
    return times < 0
        ? line
        : line.substring(0, times) + count * Integer.parseInt(line.substring(times + 2));
  }

  private Run top(String... arguments) {
    Path kubeconfig = directory.resolve("config");
    try {
      Files.writeString(
          kubeconfig,
          """
          apiVersion: v1
          kind: Config
          current-context: one
          users: [{name: u, user: {token: t}}]
          clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
          contexts: [{name: one, context: {cluster: c, user: u, namespace: shop}}]
          """
              .formatted(server.getAddress().getPort()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Run.of(
        Stream.of(
                Stream.of("top"),
                Stream.of(arguments),
                Stream.of("--kubeconfig", kubeconfig.toString(), "--interval", "1ms"))
            .flatMap(part -> part)
            .toArray(String[]::new));
  }
}
