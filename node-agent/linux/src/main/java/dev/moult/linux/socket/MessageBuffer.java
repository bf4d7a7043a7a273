package dev.moult.linux.socket;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.moult.linux.Fd;
import java.util.ArrayList;
import java.util.List;

/**
 * The native memory of one sendmsg or recvmsg: {@code msghdr}, one {@code iovec}, the control
 * buffer and the bytes, in one block that lives exactly as long as the call.
 */
final class MessageBuffer implements AutoCloseable {
  private static final int IOVEC = SocketAbi.MSGHDR_SIZE;
  private static final int CONTROL = align(IOVEC + SocketAbi.IOVEC_SIZE);

  private final Memory memory;
  private final int dataAt;
  private final int controlSize;

  private MessageBuffer(int dataSize, int controlSize) {
    this.controlSize = controlSize;
    this.dataAt = CONTROL + align(controlSize);
    this.memory = new Memory(dataAt + Math.max(1, (long) dataSize));
    memory.clear(dataAt);
    memory.setPointer(SocketAbi.MSG_IOV, memory.share(IOVEC));
    memory.setLong(SocketAbi.MSG_IOVLEN, 1);
    memory.setPointer(IOVEC + SocketAbi.IOV_BASE, memory.share(dataAt));
    memory.setLong(IOVEC + SocketAbi.IOV_LEN, dataSize);
    if (controlSize > 0) {
      memory.setPointer(SocketAbi.MSG_CONTROL, memory.share(CONTROL));
      memory.setLong(SocketAbi.MSG_CONTROLLEN, controlSize);
    }
  }

  /** Bytes and descriptors to send. */
  static MessageBuffer toSend(byte[] data, int from, List<Fd> descriptors) {
    int payload = descriptors.size() * Integer.BYTES;
    int control = payload == 0 ? 0 : SocketAbi.CMSG_HEADER + align(payload);
    MessageBuffer buffer = new MessageBuffer(data.length - from, control);
    buffer.memory.write(buffer.dataAt, data, from, data.length - from);
    if (payload > 0) {
      buffer.memory.setLong(CONTROL + SocketAbi.CMSG_LEN_FIELD, SocketAbi.CMSG_HEADER + payload);
      buffer.memory.setInt(CONTROL + SocketAbi.CMSG_LEVEL, SocketAbi.SOL_SOCKET);
      buffer.memory.setInt(CONTROL + SocketAbi.CMSG_TYPE, SocketAbi.SCM_RIGHTS);
      for (int i = 0; i < descriptors.size(); i++) {
        buffer.memory.setInt(
            CONTROL + SocketAbi.CMSG_HEADER + (long) i * Integer.BYTES,
            descriptors.get(i).number());
      }
    }
    return buffer;
  }

  /** Room for so many bytes and descriptors; no descriptors means no control buffer. */
  static MessageBuffer toReceive(int bytes, int descriptors) {
    int payload = descriptors * Integer.BYTES;
    return new MessageBuffer(bytes, payload == 0 ? 0 : SocketAbi.CMSG_HEADER + align(payload));
  }

  Pointer header() {
    return memory;
  }

  byte[] data(int length) {
    return memory.getByteArray(dataAt, length);
  }

  int flags() {
    return memory.getInt(SocketAbi.MSG_FLAGS);
  }

  /** Makes every received descriptor an owned one, in order. */
  List<Fd> descriptors() {
    List<Fd> all = new ArrayList<>();
    long end = Math.min(controlSize, memory.getLong(SocketAbi.MSG_CONTROLLEN));
    for (long at = 0; at + SocketAbi.CMSG_HEADER <= end; ) {
      long length = memory.getLong(CONTROL + at + SocketAbi.CMSG_LEN_FIELD);
      if (length < SocketAbi.CMSG_HEADER) {
        break; // as CMSG_NXTHDR: not a header any more
      }
      if (memory.getInt(CONTROL + at + SocketAbi.CMSG_LEVEL) == SocketAbi.SOL_SOCKET
          && memory.getInt(CONTROL + at + SocketAbi.CMSG_TYPE) == SocketAbi.SCM_RIGHTS) {
        for (long fd = at + SocketAbi.CMSG_HEADER;
            fd + Integer.BYTES <= Math.min(at + length, end);
            fd += Integer.BYTES) {
          all.add(Fd.adopt(memory.getInt(CONTROL + fd)));
        }
      }
      at +=
          (length + SocketAbi.CMSG_ALIGNMENT - 1)
              / SocketAbi.CMSG_ALIGNMENT
              * SocketAbi.CMSG_ALIGNMENT;
    }
    return all;
  }

  @Override
  public void close() {
    memory.close();
  }

  private static int align(int size) {
    return (size + SocketAbi.CMSG_ALIGNMENT - 1)
        / SocketAbi.CMSG_ALIGNMENT
        * SocketAbi.CMSG_ALIGNMENT;
  }
}
