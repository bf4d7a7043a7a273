package dev.moult.linux.file;

/** How a file is opened. Close-on-exec is always set; read-only is meant where no mode is given. */
public enum OpenFlag {
  READ_ONLY(FileAbi.O_RDONLY),
  WRITE_ONLY(FileAbi.O_WRONLY),
  READ_WRITE(FileAbi.O_RDWR),
  CREATE(FileAbi.O_CREAT),
  /** With {@link #CREATE}: fails when the name is there already. */
  EXCLUSIVE(FileAbi.O_EXCL),
  TRUNCATE(FileAbi.O_TRUNC),
  APPEND(FileAbi.O_APPEND),
  NON_BLOCKING(FileAbi.O_NONBLOCK),
  DATA_SYNC(FileAbi.O_DSYNC),
  DIRECT(FileAbi.O_DIRECT),
  /** Fails when it is no directory. */
  DIRECTORY(FileAbi.O_DIRECTORY),
  /** Fails when the last name is a symbolic link; with {@link #PATH} it opens the link itself. */
  NO_FOLLOW(FileAbi.O_NOFOLLOW),
  /** A name only: the file is not opened, no device is touched, nothing can be read. */
  PATH(FileAbi.O_PATH),
  /** A terminal does not become the controlling one. */
  NO_CONTROLLING_TTY(FileAbi.O_NOCTTY);

  final int bits;

  OpenFlag(int bits) {
    this.bits = bits;
  }

  static int bits(OpenFlag... flags) {
    int all = FileAbi.O_CLOEXEC;
    for (OpenFlag flag : flags) {
      all |= flag.bits;
    }
    return all;
  }
}
