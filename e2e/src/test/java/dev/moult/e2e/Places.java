package dev.moult.e2e;

import dev.moult.e2e.guest.Shell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;

/** Where features are asked for. */
final class Places {
  private Places() {}

  /** In a guest, by root, over one ssh connection. */
  static Questions.Place inGuest(Shell shell) {
    return (script, word) -> {
      var base64 = Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8));
      var file =
          shell.run("file=$(mktemp) && echo " + base64 + " | base64 -d >$file && echo $file");
      return shell.follow("sudo bash " + file + " " + word);
    };
  }

  /** On this machine, with kubectl and its plugin in the PATH. */
  static Questions.Place here() throws IOException {
    var plugin = Path.of(Plugin.path()).getParent();
    var kubectl = Installed.run("dev/cluster/cluster", "binaries").strip();
    return (script, word) -> {
      var bash = new ProcessBuilder("bash", "-c", script, "bash", word).redirectErrorStream(true);
      var environment = bash.environment();
      environment.put("PATH", plugin + ":" + kubectl + ":" + System.getenv("PATH"));
      environment.put("JAVA_HOME", System.getProperty("java.home"));
      var process = bash.start();
      process.getOutputStream().close();
      return new Shell.Running(process);
    };
  }
}
