package dev.moult.qemu.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.moult.qemu.QemuVersion;
import dev.moult.qemu.qmp.JsonLines;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import org.jspecify.annotations.Nullable;

/** Picks greeting and answers out of a transcript. */
final class TranscriptReader {

  private TranscriptReader() {}

  static ProbeReport read(byte[] transcript) throws ProbeFormatException {
    QemuVersion version = null;
    JsonNode machines = null;
    JsonNode cpus = null;
    try {
      var lines = new JsonLines(Channels.newChannel(new ByteArrayInputStream(transcript)));
      for (JsonNode line = lines.next(); line != null; line = lines.next()) {
        if (line.has("QMP")) {
          version = QemuVersion.fromGreeting(line);
        } else if (line.path("id").asText("").equals("machines")) {
          machines = line.get("return");
        } else if (line.path("id").asText("").equals("cpus")) {
          cpus = line.get("return");
        }
      }
    } catch (JsonProcessingException e) {
      throw new ProbeFormatException(String.valueOf(e.getOriginalMessage()));
    } catch (ProbeFormatException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new ProbeFormatException(String.valueOf(e.getMessage()));
    }
    if (version == null) {
      throw new ProbeFormatException("the probe holds no greeting of a QEMU");
    }
    return ProbeReport.of(version, list(machines, "machine types"), list(cpus, "CPU models"));
  }

  private static JsonNode list(@Nullable JsonNode answer, String what) throws ProbeFormatException {
    if (answer == null || !answer.isArray() || answer.size() > 4096) {
      throw new ProbeFormatException("the probe holds no list of " + what);
    }
    return answer;
  }
}
