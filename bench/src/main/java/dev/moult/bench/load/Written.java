package dev.moult.bench.load;

/**
 * What verified writes have shown.
 *
 * @param writes blocks that were written
 * @param checked blocks that were read back in the end
 * @param errors errors of reads and writes, and lines of the guest's kernel about such
 * @param bad blocks that were not what was written last, then or meanwhile
 */
public record Written(long writes, long checked, long errors, long bad) {
  /** Nothing yet. */
  public static final Written NONE = new Written(0, 0, 0, 0);

  /** Both together; errors in the kernel's log are those of the whole boot each time. */
  public Written and(Written later) {
    return new Written(
        writes + later.writes, checked + later.checked, errors + later.errors, bad + later.bad);
  }

  @Override
  public String toString() {
    return "%d, %d (%d written, %d read back in the end)".formatted(errors, bad, writes, checked);
  }
}
