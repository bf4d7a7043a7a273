package dev.moult.cli.top;

import dev.moult.cli.cluster.AgentException;
import dev.moult.cli.cluster.NodeAgents;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Asks the agents of nodes, some at once. */
final class Agents implements Survey.Asking {
  /** Each answer may have some MiB, and the plugin's memory is small. */
  private static final int AT_ONCE = 8;

  private final NodeAgents agents;
  private final Map<String, String> pods;

  Agents(NodeAgents agents) {
    this.agents = agents;
    this.pods = agents.pods();
  }

  @Override
  public Map<String, Answer> ask(Set<String> nodes) throws InterruptedException {
    List<String> each = List.copyOf(nodes);
    Map<String, Answer> answers = new HashMap<>();
    try (var threads = Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
      List<Future<Answer>> asked =
          threads.invokeAll(
              each.stream().map(node -> (Callable<Answer>) () -> answer(node)).toList());
      for (int i = 0; i < each.size(); i++) {
        answers.put(each.get(i), asked.get(i).get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return answers;
  }

  private Answer answer(String node) throws InterruptedException {
    String pod = pods.get(node);
    if (pod == null) {
      return new Answer.Failed("there is none", false);
    }
    try {
      return new Answer.Told(Figures.of(Exposition.samples(agents.metrics(pod), Figures.PREFIX)));
    } catch (AgentException e) {
      return new Answer.Failed(e.why(), e.isForbidden());
    } catch (ExpositionException e) {
      return new Answer.Failed("its answer is not as it should be, " + e.sentence(), false);
    }
  }
}
