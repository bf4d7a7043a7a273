package dev.moult.broker;

import dev.moult.wire.Request;
import dev.moult.wire.Role;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A pod as the kernel sees one: an emptyDir on a tmpfs of its own, a cgroup named like the
 * kubelet's, and a process in its own pid, mount and network namespaces with an eth0.
 */
final class TestPod implements AutoCloseable {
  private static final Path CGROUPS =
      Files.isDirectory(Path.of("/sys/fs/cgroup/pids"))
          ? Path.of("/sys/fs/cgroup/pids")
          : Path.of("/sys/fs/cgroup");

  private static final Path CGROUP = CGROUPS.resolve("kubepods-moult-it");

  /** Where a container sees its emptyDir: any directory that every machine has. */
  private static final String VOLUME = "/srv";

  final String uid = UUID.randomUUID().toString();
  final String vmUid;
  final Role role;
  private final Path directory;
  private final Path cgroup;
  private final List<Process> started = new ArrayList<>();
  private final List<Path> containers = new ArrayList<>();
  private boolean mounted;

  TestPod(Path kubelet, Role role, String vmUid) {
    this.role = role;
    this.vmUid = vmUid;
    this.directory = kubelet.resolve("pods/" + uid + "/volumes/kubernetes.io~empty-dir/moult");
    this.cgroup = CGROUP.resolve("pod" + uid);
  }

  Request.Expect expect() {
    return new Request.Expect(uid, role, vmUid, 100107);
  }

  Path directory() {
    return directory;
  }

  TestPod mount() throws Exception {
    Files.createDirectories(directory);
    run("mount", "-t", "tmpfs", "-o", "size=1m,mode=2777", "tmpfs", directory.toString());
    mounted = true;
    return this;
  }

  /** Starts the launcher as pid 1 of a new container. */
  Process start() throws Exception {
    return start(launcher());
  }

  /** Starts a command as pid 1 of a new container, with an eth0 that is up. */
  Process start(List<String> command) throws Exception {
    return start(command, directory);
  }

  /** As above, with another emptyDir than its own mounted. */
  Process start(List<String> command, Path volume) throws Exception {
    var line = new ArrayList<String>();
    line.addAll(
        List.of(
            "unshare",
            "--pid",
            "--fork",
            "--kill-child",
            "--net",
            "--mount",
            "--mount-proc",
            "sh",
            "-c",
            "mount --bind "
                + volume
                + " "
                + VOLUME
                + " && ip link set lo up && ip link add eth0 type veth peer name peer0 && ip link set peer0 up &&"
                + " ip address add 10.213.0.2/24 dev eth0 && ip link set eth0 up && exec \"$@\"",
            "container"));
    line.addAll(command);
    return contain(line);
  }

  /** Starts a command as another container, in the network of a process of this pod. */
  Process startBeside(int pid, List<String> command) throws Exception {
    var line =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=/proc/" + pid + "/ns/net",
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount"));
    line.addAll(command);
    return contain(line);
  }

  /** Starts a command in a container's cgroup. */
  private Process contain(List<String> command) throws Exception {
    Path container =
        Files.createDirectories(
            cgroup.resolve(UUID.randomUUID().toString().replace("-", "").repeat(2)));
    containers.add(container);
    var line = new ArrayList<>(List.of("sh", "-c"));
    line.add("echo $$ > " + container + "/cgroup.procs && exec \"$@\"");
    line.add("container");
    line.addAll(command);
    var builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/containers.log")));
    builder.environment().put("MOULT_LAUNCHER_DIR", VOLUME);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  /** Starts the container that copies memory, beside an anchor. */
  Process startMemory() throws Exception {
    // Files have rights for it, as for the user that a pod runs as.
    var line = new ArrayList<>(List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search"));
    line.addAll(launcher("memory"));
    return start(line);
  }

  List<String> launcher() {
    return launcher(role == Role.ANCHOR ? "anchor" : "vmm");
  }

  private static List<String> launcher(String as) {
    return List.of(
        System.getProperty("java.home") + "/bin/java",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.moult.launcher.Launcher",
        as);
  }

  /** Ends all containers. */
  void stop() throws Exception {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    started.clear();
  }

  /** Fails while anybody keeps the mount busy. */
  void unmount() throws Exception {
    run("umount", directory.toString());
    mounted = false;
  }

  @Override
  public void close() throws Exception {
    stop();
    if (mounted) {
      unmount();
    }
    for (Path container : containers) {
      removeCgroup(container);
    }
    if (!containers.isEmpty()) {
      removeCgroup(cgroup);
      boolean unused = CGROUP.toFile().delete(); // unless another test has a pod there
    }
  }

  private static void removeCgroup(Path path) throws IOException, InterruptedException {
    for (int attempt = 0; attempt < 100; attempt++) {
      try {
        Files.deleteIfExists(path);
        return;
      } catch (IOException e) {
        Thread.sleep(20); // the kernel empties a cgroup a moment after its last process was reaped
      }
    }
    Files.deleteIfExists(path);
  }

  static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
  }
}
