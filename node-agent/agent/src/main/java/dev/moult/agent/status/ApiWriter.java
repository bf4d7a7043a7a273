package dev.moult.agent.status;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes to the API server, so that no VM's thread waits for it. What stands in
 * line under a key is replaced by what comes later; what fails is tried again, later each time.
 */
public final class ApiWriter implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ApiWriter.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(200);
  private static final Duration LAST_RETRY = Duration.ofSeconds(20);

  /** What was denied was heard: it is tried again in case a policy or a role changes. */
  private static final Duration LAST_RETRY_OF_DENIED = Duration.ofMinutes(5);

  private static final Set<Integer> DENIALS =
      Set.of(
          HttpURLConnection.HTTP_BAD_REQUEST,
          HttpURLConnection.HTTP_FORBIDDEN,
          422); // RFC 9110, Unprocessable Content: what the API server says to an invalid object

  private final Map<String, Job> line = new LinkedHashMap<>(); // guarded by itself
  private final Thread thread;
  private boolean stopped; // guarded by line
  private boolean busy; // guarded by line; with a write that is not in line any more
  private volatile long failingSinceNanos;

  /** One write. */
  public interface Write {
    /** Does it; throws to be tried again. */
    void run();
  }

  private record Job(String key, Write write, long notBeforeNanos, Duration retry) {}

  /** Starts its thread. */
  public ApiWriter() {
    thread = Thread.ofPlatform().daemon().name("api-writer").start(this::work);
  }

  /** Puts a write in line. */
  public void submit(String key, Write write) {
    submit(key, Duration.ZERO, write);
  }

  /** Puts a write in line that can wait; not longer, though, than one that it replaces. */
  public void submit(String key, Duration delay, Write write) {
    long due = System.nanoTime() + delay.toNanos();
    synchronized (line) {
      Job replaced = line.remove(key);
      if (replaced != null && replaced.notBeforeNanos() - due < 0) {
        due = replaced.notBeforeNanos();
      }
      line.put(key, new Job(key, write, due, FIRST_RETRY));
      line.notifyAll();
    }
  }

  /** Since when nothing could be written, monotonic; 0 if all is well. */
  public long failingSinceNanos() {
    return failingSinceNanos;
  }

  private void work() {
    try {
      Job job = next();
      while (job != null) {
        perform(job);
        job = next();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void perform(Job job) {
    try {
      job.write().run();
      failingSinceNanos = 0;
    } catch (KubernetesClientException e) {
      if (failingSinceNanos == 0) {
        failingSinceNanos = System.nanoTime();
      }
      LOG.warnf("write failed, trying again key=%s: %s", job.key(), e.getMessage());
      again(job, DENIALS.contains(e.getCode()) ? LAST_RETRY_OF_DENIED : LAST_RETRY);
    } catch (RuntimeException e) {
      LOG.errorf(e, "write given up key=%s", job.key());
    }
  }

  private void again(Job job, Duration last) {
    long wait = job.retry().toNanos();
    wait += ThreadLocalRandom.current().nextLong(wait / 2 + 1);
    Duration longer = job.retry().multipliedBy(2);
    Job later =
        new Job(
            job.key(),
            job.write(),
            System.nanoTime() + wait,
            longer.compareTo(last) < 0 ? longer : last);
    synchronized (line) {
      line.putIfAbsent(job.key(), later); // what came meanwhile says more
    }
  }

  private @Nullable Job next() throws InterruptedException {
    synchronized (line) {
      busy = false;
      while (!stopped) {
        long now = System.nanoTime();
        long nearest = Duration.ofHours(1).toNanos();
        for (Iterator<Job> jobs = line.values().iterator(); jobs.hasNext(); ) {
          Job job = jobs.next();
          long left = job.notBeforeNanos() - now;
          if (left <= 0) {
            jobs.remove();
            busy = true;
            return job;
          }
          nearest = Math.min(nearest, left);
        }
        line.wait(Math.max(1, nearest / 1_000_000));
      }
      return null;
    }
  }

  /** Waits until everything is written, at most so long. */
  public void drain(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (System.nanoTime() - end < 0) {
      synchronized (line) {
        if (line.isEmpty() && !busy) {
          return;
        }
        line.notifyAll();
      }
      Thread.sleep(10);
    }
  }

  @Override
  public void close() {
    synchronized (line) {
      stopped = true;
      line.notifyAll();
    }
  }
}
