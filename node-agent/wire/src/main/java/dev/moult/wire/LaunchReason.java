package dev.moult.wire;

/** Why a launcher could not do what its plan says. The words are part of the public API. */
public enum LaunchReason {
  /** No {@code qemu-system-x86_64} in the image. */
  QEMU_NOT_FOUND("QemuNotFound"),
  /** The image's QEMU could not be run or did not answer its probe. */
  QEMU_PROBE_FAILED("QemuProbeFailed"),
  /** No kernel at the path that {@code boot.kernel} names. */
  KERNEL_NOT_FOUND("KernelNotFound"),
  /** No initrd at the path that {@code boot.kernel} names. */
  INITRD_NOT_FOUND("InitrdNotFound"),
  /** The anchor's image holds no such firmware. */
  FIRMWARE_NOT_FOUND("FirmwareNotFound"),
  /** The file that keeps the firmware's variables is another thing. */
  FIRMWARE_VARIABLES_INVALID("FirmwareVariablesInvalid"),
  /** There is no image, file or device at the path of a disk. */
  DISK_NOT_FOUND("DiskNotFound"),
  /** What lies there is no disk image that a guest can be given. */
  DISK_IMAGE_INVALID("DiskImageInvalid"),
  /** A disk image names a backing file or a data file of its own choice. */
  DISK_BACKING_FILE("DiskBackingFile"),
  /** No room for a disk where it is to be made. */
  DISK_FULL("DiskFull"),
  /** A disk is there, and could not be opened or made. */
  DISK_NOT_OPENED("DiskNotOpened"),
  /** What cloud-init is to be given is missing, or too large. */
  CLOUD_INIT_INVALID("CloudInitInvalid"),
  /** Another file of the plan could not be opened. */
  FILE_NOT_OPENED("FileNotOpened"),
  /** The guest's RAM could not be allocated. */
  NOT_ENOUGH_MEMORY("NotEnoughMemory"),
  /** No pool of huge pages of that size, or it is too small. */
  HUGE_PAGES_NOT_AVAILABLE("HugePagesNotAvailable"),
  /** The terminal could not be taken: the pod lacks {@code tty: true}. */
  NO_TERMINAL("NoTerminal"),
  /** Fewer or more descriptors came than the plan receives. */
  DESCRIPTORS_DO_NOT_MATCH("DescriptorsDoNotMatch"),
  /** The plan asks for an operation that this launcher does not know. */
  UNKNOWN_OPERATION("UnknownOperation"),
  /** The program of the plan could not be executed. */
  EXEC_FAILED("ExecFailed"),
  /** The launcher went away without a word. */
  LAUNCHER_DIED("LauncherDied"),
  /** Anything else; the message says what. */
  OTHER("LaunchFailed");

  private final String word;

  LaunchReason(String word) {
    this.word = word;
  }

  /** The reason as users see it on conditions, CamelCase. */
  public String word() {
    return word;
  }

  /** The reason of this word; one that a newer launcher made up is {@link #OTHER}. */
  public static LaunchReason of(String word) {
    for (LaunchReason reason : values()) {
      if (reason.word.equals(word)) {
        return reason;
      }
    }
    return OTHER;
  }
}
