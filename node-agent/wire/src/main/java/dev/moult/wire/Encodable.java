package dev.moult.wire;

/** Something that is written as a run of tagged fields. */
interface Encodable {
  /** Writes the fields, each under its own tag. */
  void write(FieldWriter out) throws WireException;
}
