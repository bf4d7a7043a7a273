package dev.moult.qemu.cpr;

/** Something recognised in a cpr stream, in order. */
public sealed interface CprItem {

  /** The stream begins; format version 1. */
  record Header(int version) implements CprItem {}

  /**
   * One entry with its descriptor.
   *
   * @param ordinal which descriptor of the stream it is, from 0 in the order of their arrival
   * @param name such as {@code pc.bios} or {@code /rom@etc/acpi/tables}
   * @param id QEMU's second key, mostly 0
   */
  record Descriptor(int ordinal, String name, int id) implements CprItem {}

  /** The list of descriptors is complete. */
  record EndOfList(int descriptors) implements CprItem {}

  /**
   * A subsection after the list.
   *
   * @param name such as {@code CprState/vfio devices}
   * @param version its version
   * @param empty whether it is the known one and lists nothing
   * @param dropped whether it was taken out of the bytes to pass on
   */
  record Subsection(String name, int version, boolean empty, boolean dropped) implements CprItem {}
}
