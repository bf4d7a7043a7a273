package dev.moult.wire;

/**
 * What a launcher found out about a disk that it opened or made: the broker passes it on as it is,
 * since an image is looked into in its anchor alone.
 *
 * @param slot the disk's slot, or its base's
 * @param format how its bytes are to be read
 * @param bytes the size that a guest sees
 * @param direct whether its file system lets it be opened past the page cache (O_DIRECT)
 */
public record ImageFacts(int slot, Format format, long bytes, boolean direct) implements Encodable {

  /** The formats that a guest's disk may have. */
  public enum Format {
    /** The bytes are the disk. */
    RAW("raw"),
    /** QEMU's own format, without a file of its own choice beneath. */
    QCOW2("qcow2");

    private final String word;

    Format(String word) {
      this.word = word;
    }

    /** QEMU's name of it. */
    public String word() {
      return word;
    }

    static Format of(String word) throws WireException {
      for (Format format : values()) {
        if (format.word.equals(word)) {
          return format;
        }
      }
      throw new WireException("unknown format of an image");
    }
  }

  @Override
  public void write(FieldWriter out) {
    out.integer(1, slot).string(2, format.word()).number(3, bytes).flag(4, direct);
  }

  static ImageFacts read(Fields in) throws WireException {
    return new ImageFacts(in.natural(1), Format.of(in.string(2)), in.number(3), in.flag(4));
  }
}
