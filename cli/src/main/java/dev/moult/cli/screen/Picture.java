package dev.moult.cli.screen;

import java.awt.image.BufferedImage;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.BitSet;
import javax.imageio.ImageIO;

/** A screen that is being painted, rectangle by rectangle. */
final class Picture {
  /** Of a side, in pixels. QEMU's own limits are near: a VGA with 16 MiB has 4 million pixels. */
  static final int MOST_SIDE = 8192;

  /** Of the whole: 64 MiB of memory here, with its copy. */
  static final int MOST_PIXELS = 8 << 20;

  private final int width;
  private final int height;
  private final int[] pixels;
  private final BitSet painted;

  /**
   * Nothing is painted yet.
   *
   * @throws ScreenException for a size that no screen has
   */
  Picture(int width, int height) throws ScreenException {
    if (width < 1 || height < 1 || width > MOST_SIDE || height > MOST_SIDE) {
      throw new ScreenException("a screen of " + width + "x" + height + " pixels");
    }
    if (width * height > MOST_PIXELS) {
      throw new ScreenException("a screen of " + width + "x" + height + " pixels is too large");
    }
    this.width = width;
    this.height = height;
    this.pixels = new int[width * height];
    this.painted = new BitSet(pixels.length);
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /**
   * Paints a rectangle with what comes: four bytes a pixel, the colour in the lower three of them.
   *
   * @throws ScreenException if it lies outside
   */
  void paint(int x, int y, int w, int h, DataInputStream in) throws IOException {
    if (x + w > width || y + h > height) {
      throw new ScreenException(
          "%dx%d pixels at %d,%d of a screen of %dx%d".formatted(w, h, x, y, width, height));
    }
    byte[] row = new byte[w * Integer.BYTES];
    for (int line = y; line < y + h; line++) {
      in.readFully(row);
      int at = line * width + x;
      for (int i = 0; i < row.length; i += Integer.BYTES) {
        pixels[at++] = (row[i + 1] & 0xff) << 16 | (row[i + 2] & 0xff) << 8 | row[i + 3] & 0xff;
      }
      painted.set(line * width + x, line * width + x + w);
    }
  }

  /** Whether each pixel was painted. */
  boolean isComplete() {
    return painted.nextClearBit(0) >= pixels.length;
  }

  /** Writes it as PNG; the stream stays open. */
  void write(OutputStream out) throws IOException {
    System.setProperty("java.awt.headless", "true");
    ImageIO.setUseCache(false); // not by way of a file
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, pixels, 0, width);
    if (!ImageIO.write(image, "png", out)) {
      throw new IOException("this Java writes no PNG: it has no module java.desktop");
    }
    out.flush();
  }

  /** Its pixels as 0xRRGGBB, by lines. */
  int[] pixels() {
    return Arrays.copyOf(pixels, pixels.length);
  }
}
