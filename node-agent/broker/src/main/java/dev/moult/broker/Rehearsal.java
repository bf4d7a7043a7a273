package dev.moult.broker;

import dev.moult.broker.network.GuestNetworks;
import dev.moult.broker.network.Isolation;
import dev.moult.broker.network.TapWatches;
import dev.moult.broker.pod.Pods;
import dev.moult.linux.Fd;
import dev.moult.linux.process.ProcessTree;
import dev.moult.linux.socket.UnixSocket;
import dev.moult.wire.Answer;
import dev.moult.wire.BrokerClient;
import dev.moult.wire.BrokerListener;
import dev.moult.wire.Event;
import dev.moult.wire.RefusedException;
import dev.moult.wire.Request;
import dev.moult.wire.Role;
import dev.moult.wire.WireSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A broker and its agent in one process over a socket pair, in a directory of their own: an image
 * whose Java, JNA or C library do not fit fails here, when it is built. Needs no rights.
 */
final class Rehearsal implements BrokerListener {
  private static final String POD = "00000000-0000-0000-0000-000000000000";
  private static final String CLASS = ".class";
  private static final Duration SOON = Duration.ofSeconds(10);

  private Rehearsal() {}

  static void run() throws IOException, InterruptedException {
    for (Class<?> one : List.of(Broker.class, WireSocket.class, Fd.class)) {
      loadJarOf(one);
    }
    Path directory = Files.createTempDirectory("moult-broker");
    try {
      var settings = new Settings(directory, directory, directory.resolve("broker.sock"), 0);
      try (Pods pods = Pods.start(settings);
          var networks = new GuestNetworks();
          var taps = new TapWatches(directory.resolve("taps"));
          var isolation = new Isolation();
          var turns = new Turns()) {
        converse(pods, new Requests(pods, networks, taps, isolation), turns);
      }
    } finally {
      delete(directory);
    }
  }

  /**
   * Loads and initialises every class that lies in a class's jar: what the first VM needs is then
   * in the AOT cache, and a C library that lacks a function of ours is found out.
   */
  private static void loadJarOf(Class<?> one) throws IOException {
    String jar = one.getProtectionDomain().getCodeSource().getLocation().getPath();
    if (!jar.endsWith(".jar")) {
      return; // run from a directory of classes: nothing is trained there
    }
    try (var file = new JarFile(jar)) {
      for (JarEntry entry : Collections.list(file.entries())) {
        String name = entry.getName();
        if (name.endsWith(CLASS) && !name.endsWith("-info" + CLASS)) {
          String plain = name.substring(0, name.length() - CLASS.length()).replace('/', '.');
          Class.forName(plain, true, one.getClassLoader());
        }
      }
    } catch (ClassNotFoundException | LinkageError e) {
      throw new IOException("a class of " + jar + " does not fit", e);
    }
  }

  private static void converse(Pods pods, Requests requests, Turns turns)
      throws IOException, InterruptedException {
    UnixSocket.Pair pair = UnixSocket.pair(UnixSocket.Type.SEQPACKET);
    var connection = new AgentConnection(WireSocket.adopt(pair.left()), requests, turns);
    pods.tell(connection::event);
    Thread server =
        Thread.ofPlatform()
            .start(() -> {
              try {
                connection.serve();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try (BrokerClient client = BrokerClient.over(WireSocket.adopt(pair.right()), new Rehearsal())) {
      client.ask(new Request.Expect(POD, Role.VMM, POD, 1000), SOON);
      client.ask(new Request.Inventory(), SOON);
      Answer.Pods known = client.ask(new Request.ListPods(), SOON);
      if (known.pods().size() != 1) {
        throw new IOException("the rehearsal's pod is not known");
      }
      refuse(client, new Request.Kill(POD));
      refuse(client, new Request.Freeze(POD));
      ProcessTree.rehearse(10);
      client.ask(new Request.Forget(POD), SOON);
    }
    server.join(SOON);
    pods.tellNobody();
  }

  private static void refuse(BrokerClient client, Request<?> request) throws IOException {
    boolean refused = false;
    try {
      client.ask(request, SOON);
    } catch (RefusedException e) {
      refused = true;
    }
    if (!refused) {
      throw new IOException("something was done to a pod that never dialled");
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    }
  }

  @Override
  public void event(Event event) {
    // No launcher dials in a rehearsal.
  }

  @Override
  public void closed(@Nullable IOException cause) {
    // The end of the rehearsal.
  }
}
