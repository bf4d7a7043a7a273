package dev.moult.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Messages to packets and back: {@code u8 version, u8 type}, then tagged fields. */
public final class Codec {
  static final int VERSION = 1;
  private static final int HEAD = 2;

  /**
   * Types of requests, of answers and of events lie in ranges, so that an unknown one has a kind.
   */
  private static final int FIRST_REQUEST = 16;

  private static final int FIRST_ANSWER = 64;
  private static final int FIRST_EVENT = 96;
  private static final int END = 128;

  private Codec() {}

  /**
   * The packet of a message.
   *
   * @throws WireException if it would be larger than {@link Limits#MESSAGE_BYTES}
   */
  public static byte[] encode(Message message) throws WireException {
    return FieldWriter.packet(message.type(), message);
  }

  /**
   * The message of a packet.
   *
   * @param packet holds the packet between its position and its limit
   * @throws WireException if it is none
   */
  public static Message decode(ByteBuffer packet) throws WireException {
    ByteBuffer in = packet.slice();
    if (in.limit() < HEAD) {
      throw new WireException("packet of " + in.limit() + " bytes");
    }
    if (in.limit() > Limits.MESSAGE_BYTES) {
      throw new WireException("packet is larger than " + Limits.MESSAGE_BYTES + " bytes");
    }
    if (in.get(0) != VERSION) {
      throw new WireException("version " + in.get(0) + " of the protocol is unknown");
    }
    int type = Byte.toUnsignedInt(in.get(1));
    Fields fields = Fields.parse(in, HEAD, in.limit());
    return switch (type) {
      case Hello.TYPE -> Hello.read(fields);
      case Plan.TYPE -> Plan.read(fields);
      case Outcome.Ok.TYPE -> Outcome.Ok.read(fields);
      case Outcome.Failed.TYPE -> Outcome.Failed.read(fields);
      case MemoryOrder.TYPE -> MemoryOrder.read(fields);
      case MemoryReport.Progress.TYPE -> MemoryReport.Progress.read(fields);
      case MemoryReport.Finished.TYPE -> MemoryReport.Finished.read(fields);
      case MemoryReport.Failed.TYPE -> MemoryReport.Failed.read(fields);
      case Event.Dialled.TYPE -> Event.Dialled.read(fields);
      case Event.Launched.TYPE -> Event.Launched.read(fields);
      case Event.LaunchFailed.TYPE -> Event.LaunchFailed.read(fields);
      case Event.Exited.TYPE -> Event.Exited.read(fields);
      case Event.MemoryReady.TYPE -> Event.MemoryReady.read(fields);
      case Event.MemoryProgress.TYPE -> Event.MemoryProgress.read(fields);
      case Event.MemoryFinished.TYPE -> Event.MemoryFinished.read(fields);
      case Event.MemoryFailed.TYPE -> Event.MemoryFailed.read(fields);
      default -> withId(type, fields);
    };
  }

  private static Message withId(int type, Fields fields) throws WireException {
    Request<?> request = request(type, fields);
    if (request != null) {
      return new Asked(fields.number(1), request);
    }
    Answer answer = answer(type, fields);
    if (answer != null) {
      return new Answered(fields.number(1), answer);
    }
    if (type < FIRST_REQUEST || type >= END) {
      throw new WireException("unknown message type " + type);
    }
    if (type >= FIRST_EVENT) {
      return new Untold(type);
    }
    return type < FIRST_ANSWER
        ? new Asked(fields.number(1), new Request.Unknown(type))
        : new Answered(fields.number(1), new Answer.Unknown(type));
  }

  private static @Nullable Request<?> request(int type, Fields fields) throws WireException {
    return switch (type) {
      case Request.Expect.TYPE -> Request.Expect.read(fields);
      case Request.Forget.TYPE -> Request.Forget.read(fields);
      case Request.MakeNetwork.TYPE -> Request.MakeNetwork.read(fields);
      case Request.SendPlan.TYPE -> Request.SendPlan.read(fields);
      case Request.Facts.TYPE -> Request.Facts.read(fields);
      case Request.ListenCpr.TYPE -> Request.ListenCpr.read(fields);
      case Request.ConnectCpr.TYPE -> Request.ConnectCpr.read(fields);
      case Request.Sweep.TYPE -> Request.Sweep.read(fields);
      case Request.WatchTap.TYPE -> Request.WatchTap.read(fields);
      case Request.OfferQueues.TYPE -> Request.OfferQueues.read(fields);
      case Request.Kill.TYPE -> Request.Kill.read(fields);
      case Request.Freeze.TYPE -> Request.Freeze.read(fields);
      case Request.Thaw.TYPE -> Request.Thaw.read(fields);
      case Request.Digest.TYPE -> Request.Digest.read(fields);
      case Request.Inventory.TYPE -> new Request.Inventory();
      case Request.ListPods.TYPE -> new Request.ListPods();
      case Request.Terminal.TYPE -> Request.Terminal.read(fields);
      case Request.ListenScreen.TYPE -> Request.ListenScreen.read(fields);
      case Request.Measure.TYPE -> Request.Measure.read(fields);
      case Request.MakeBridge.TYPE -> Request.MakeBridge.read(fields);
      case Request.ReadRam.TYPE -> Request.ReadRam.read(fields);
      case Request.BridgeLink.TYPE -> Request.BridgeLink.read(fields);
      case Request.Memory.TYPE -> Request.Memory.read(fields);
      default -> null;
    };
  }

  private static @Nullable Answer answer(int type, Fields fields) throws WireException {
    return switch (type) {
      case Answer.Done.TYPE -> new Answer.Done();
      case Answer.Refused.TYPE -> Answer.Refused.read(fields);
      case Answer.NetworkMade.TYPE -> Answer.NetworkMade.read(fields);
      case Answer.SlotsSeen.TYPE -> Answer.SlotsSeen.read(fields);
      case Answer.Descriptor.TYPE -> new Answer.Descriptor();
      case Answer.TapWatched.TYPE -> Answer.TapWatched.read(fields);
      case Answer.Capabilities.TYPE -> Answer.Capabilities.read(fields);
      case Answer.Pods.TYPE -> Answer.Pods.read(fields);
      case Answer.Measured.TYPE -> Answer.Measured.read(fields);
      case Answer.BridgeMade.TYPE -> Answer.BridgeMade.read(fields);
      case Answer.Digested.TYPE -> Answer.Digested.read(fields);
      default -> null;
    };
  }
}
