package dev.moult.cli.console;

import java.io.IOException;
import java.io.OutputStream;

/** The user's terminal as a guest may write to it: through the filter, each write shown at once. */
final class Screen extends OutputStream {
  /**
   * Undoes what passes the filter and would be left behind: colours, line drawing, insert mode,
   * margins, keypad and cursor keys, reverse video, origin, wrap, bracketed paste, the alternate
   * screen, a hidden cursor.
   */
  private static final String RESET =
      "\u001b[?1049l\u001b[m\u000f\u001b(B\u001b)B\u001b[4l\u001b7\u001b[r\u001b8\u001b>"
          + "\u001b[?1l\u001b[?5l\u001b[?6l\u001b[?7h\u001b[?2004l\u001b[?25h\r\n";

  private final OutputStream terminal;
  private EscapeFilter filter = new EscapeFilter();

  /** A screen on a terminal, which stays the caller's. */
  Screen(OutputStream terminal) {
    this.terminal = terminal;
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int count) throws IOException {
    terminal.write(filter.filter(bytes, offset, count));
    terminal.flush();
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  /**
   * Shows a line of the plugin's own, and begins a connection anew: the rest of a sequence is lost.
   */
  synchronized void say(String text) throws IOException {
    filter = new EscapeFilter();
    terminal.write(("\r\n[" + text + "]\r\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    terminal.flush();
  }

  /** Leaves the terminal as a shell wants it. */
  synchronized void reset() throws IOException {
    terminal.write(RESET.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    terminal.flush();
  }
}
