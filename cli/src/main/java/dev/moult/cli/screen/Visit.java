package dev.moult.cli.screen;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A viewer's connection from the first to the last byte: who of the two hung up is known. */
final class Visit implements ReadableByteChannel, WritableByteChannel {
  /** Who ended it. */
  enum Ending {
    /** The viewer hung up. */
    VIEWER_LEFT,
    /** The screen went away: its QEMU was replaced or ended, or the way to it broke. */
    SCREEN_WENT
  }

  private final SocketChannel viewer;
  private final CompletableFuture<Ending> ended = new CompletableFuture<>();
  private volatile @Nullable Tunnel tunnel;

  Visit(SocketChannel viewer) {
    this.viewer = viewer;
  }

  /** Connects it with the screen. */
  void begin(Tunnel.Maker maker) {
    tunnel = maker.open(this, this);
  }

  /** Completed at its end. */
  CompletableFuture<Ending> ended() {
    return ended;
  }

  /** Why the screen went; empty if that is not known. */
  String trouble() {
    Tunnel way = tunnel;
    return way == null ? "" : way.trouble().orElse("");
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int count;
    try {
      count = viewer.read(into);
    } catch (IOException e) {
      ended.complete(Ending.VIEWER_LEFT); // unless the screen went before, which closed it here
      throw e;
    }
    if (count < 0) {
      ended.complete(Ending.VIEWER_LEFT);
    }
    return count;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    try {
      return viewer.write(from);
    } catch (IOException e) {
      ended.complete(Ending.VIEWER_LEFT);
      throw e;
    }
  }

  @Override
  public boolean isOpen() {
    return viewer.isOpen();
  }

  /** By the tunnel, when the screen has gone or the viewer has left. */
  @Override
  public void close() throws IOException {
    ended.complete(Ending.SCREEN_WENT);
    viewer.close();
  }
}
