package dev.moult.agent.run;

import dev.moult.api.v1alpha1.Reason;
import dev.moult.wire.Event;

/** What a launcher's failure is called in a status. */
final class LaunchFailure {
  private LaunchFailure() {}

  static Reason reason(Event.LaunchFailed failed) {
    return switch (failed.reason()) {
      case QEMU_NOT_FOUND -> Reason.QEMU_NOT_FOUND;
      case QEMU_PROBE_FAILED -> Reason.QEMU_UNUSABLE;
      case KERNEL_NOT_FOUND -> Reason.KERNEL_NOT_FOUND;
      case INITRD_NOT_FOUND -> Reason.INITRD_NOT_FOUND;
      case NOT_ENOUGH_MEMORY -> Reason.MEMORY_ALLOCATION_FAILED;
      case HUGE_PAGES_NOT_AVAILABLE -> Reason.HUGE_PAGES_UNAVAILABLE;
      case FIRMWARE_NOT_FOUND -> Reason.FIRMWARE_NOT_FOUND;
      case FIRMWARE_VARIABLES_INVALID -> Reason.FIRMWARE_VARIABLES_INVALID;
      case DISK_NOT_FOUND -> Reason.DISK_NOT_FOUND;
      case DISK_IMAGE_INVALID -> Reason.DISK_IMAGE_INVALID;
      case DISK_BACKING_FILE -> Reason.DISK_BACKING_FILE;
      case DISK_FULL, DISK_NOT_OPENED -> Reason.DISK_UNAVAILABLE;
      case CLOUD_INIT_INVALID -> Reason.CLOUD_INIT_INVALID;
      case FILE_NOT_OPENED,
          NO_TERMINAL,
          DESCRIPTORS_DO_NOT_MATCH,
          UNKNOWN_OPERATION,
          EXEC_FAILED,
          LAUNCHER_DIED,
          OTHER ->
          Reason.LAUNCHER_FAILED;
    };
  }
}
