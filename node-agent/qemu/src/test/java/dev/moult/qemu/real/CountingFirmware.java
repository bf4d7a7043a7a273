package dev.moult.qemu.real;

import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.FileIo;
import dev.moult.linux.file.Memfd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * A guest of 30 bytes: firmware that counts in RAM for ever and writes a dot to the serial port
 * each 65,536 counts. Real mode only, so it runs under KVM wherever KVM opens.
 */
final class CountingFirmware {

  /** Where in RAM it counts: a 32-bit little-endian number. */
  private static final int COUNTER = 0x1_0000;

  private static final int SIZE = 64 * 1024; // QEMU takes multiples of 64 KiB

  private static final byte[] CODE =
      HexFormat.ofDelimiter(" ")
          .parseHex(
              "b8 00 10 " // mov ax, 0x1000
                  + "8e d8 " // mov ds, ax
                  + "66 ff 06 00 00 " // count: inc dword [0]
                  + "83 3e 00 00 00 " // cmp word [0], 0
                  + "75 f4 " // jne count
                  + "ba f8 03 " // mov dx, 0x3f8
                  + "b0 2e " // mov al, '.'
                  + "ee " // out dx, al
                  + "eb ec"); // jmp count

  /** jmp 0xf000:0x0000, at the reset vector. */
  private static final byte[] RESET = HexFormat.ofDelimiter(" ").parseHex("ea 00 00 00 f0");

  private CountingFirmware() {}

  /** The firmware file; the caller owns it. */
  static Fd file() throws LinuxException {
    Fd file = Memfd.create("firmware", SIZE, Memfd.Pages.NORMAL);
    FileIo.writeAt(file, 0, CODE);
    FileIo.writeAt(file, SIZE - 16, RESET);
    return file;
  }

  /** How far it has counted, read from the guest's RAM. */
  static long count(Fd ram) throws LinuxException {
    byte[] bytes = FileIo.readAt(ram, COUNTER, 4);
    return Integer.toUnsignedLong(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt());
  }
}
