package dev.moult.linux.kvm;

import java.io.ByteArrayOutputStream;

/** The few instructions that the self test runs: count down, then write one byte to a port. */
enum GuestProgram {
  /** 16-bit code as at power-on. */
  REAL_MODE,
  /** 64-bit code with paging on, as every Linux guest runs. */
  LONG_MODE;

  /** Where the code lies and starts. */
  static final int START = 0x1000;

  /** Page tables of long mode: one 2 MiB page, virtual equal to physical. */
  static final int PAGE_MAP = 0x2000;

  static final int PAGE_DIRECTORIES = 0x3000;
  static final int PAGE_DIRECTORY = 0x4000;
  static final int STACK = 0x8000;
  static final int MEMORY = 0x10000;

  static final int PORT = 0x3f8;
  static final int ANSWER = 0x42;

  private static final int PRESENT_WRITABLE = 0x3;
  private static final int LARGE_PAGE = 0x80;

  /** The machine code, with the count in it. */
  byte[] code(int count) {
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    if (this == REAL_MODE) {
      bytes(code, 0x66, 0xb9, count, count >>> 8, count >>> 16, count >>> 24); // mov ecx, count
      bytes(code, 0x66, 0x49, 0x75, 0xfc); // again: dec ecx; jnz again
      bytes(code, 0xb0, ANSWER, 0xba, PORT, PORT >>> 8); // mov al, ANSWER; mov dx, PORT
    } else {
      bytes(code, 0xb9, count, count >>> 8, count >>> 16, count >>> 24); // mov ecx, count
      bytes(code, 0xff, 0xc9, 0x75, 0xfc); // again: dec ecx; jnz again
      bytes(code, 0xb0, ANSWER, 0x66, 0xba, PORT, PORT >>> 8); // mov al, ANSWER; mov dx, PORT
    }
    bytes(code, 0xee, 0xf4); // out dx, al; hlt
    return code.toByteArray();
  }

  /** Entries of the page tables, as address and value; none in real mode. */
  long[][] pageTables() {
    return this == REAL_MODE
        ? new long[0][]
        : new long[][] {
          {PAGE_MAP, PAGE_DIRECTORIES | PRESENT_WRITABLE},
          {PAGE_DIRECTORIES, PAGE_DIRECTORY | PRESENT_WRITABLE},
          {PAGE_DIRECTORY, PRESENT_WRITABLE | LARGE_PAGE},
        };
  }

  private static void bytes(ByteArrayOutputStream code, int... values) {
    for (int value : values) {
      code.write(value);
    }
  }
}
