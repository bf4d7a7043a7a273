package dev.moult.cli.top;

/** What is counted of a virtual machine. */
enum Counter {
  /** Seconds of processor time of its vCPUs. */
  CPU,
  /** Bytes read from its disks. */
  READ,
  /** Bytes written to its disks. */
  WRITTEN,
  /** Bytes that came to it by the network. */
  RECEIVED,
  /** Bytes that it sent. */
  SENT
}
