package dev.moult.linux.process;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A NULL-ended vector of strings in native memory. */
final class NativeStrings implements AutoCloseable {
  private final Memory memory;
  private final Pointer[] starts;
  private final int[] lengths;

  private NativeStrings(Memory memory, Pointer[] starts, int[] lengths) {
    this.memory = memory;
    this.starts = starts;
    this.lengths = lengths;
  }

  static NativeStrings of(List<String> strings) {
    byte[][] bytes = new byte[strings.size()][];
    long size = (strings.size() + 1L) * Long.BYTES;
    for (int i = 0; i < bytes.length; i++) {
      if (strings.get(i).indexOf('\0') >= 0) {
        throw new IllegalArgumentException("a zero byte in: " + strings.get(i));
      }
      bytes[i] = strings.get(i).getBytes(StandardCharsets.UTF_8);
      size += bytes[i].length + 1;
    }
    Memory memory = new Memory(size);
    memory.clear();
    Pointer[] starts = new Pointer[bytes.length];
    int[] lengths = new int[bytes.length];
    long at = (strings.size() + 1L) * Long.BYTES;
    for (int i = 0; i < bytes.length; i++) {
      memory.write(at, bytes[i], 0, bytes[i].length);
      starts[i] = memory.share(at);
      lengths[i] = bytes[i].length;
      memory.setPointer((long) i * Long.BYTES, starts[i]);
      at += bytes[i].length + 1;
    }
    return new NativeStrings(memory, starts, lengths);
  }

  Pointer vector() {
    return memory;
  }

  Pointer get(int index) {
    return starts[index];
  }

  int length(int index) {
    return lengths[index];
  }

  @Override
  public void close() {
    memory.close();
  }
}
