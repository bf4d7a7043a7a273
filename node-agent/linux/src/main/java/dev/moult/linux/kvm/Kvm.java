package dev.moult.linux.kvm;

import com.sun.jna.LastErrorException;
import dev.moult.linux.Fd;
import dev.moult.linux.LinuxException;
import dev.moult.linux.file.Open;
import dev.moult.linux.file.OpenFlag;
import java.nio.file.Path;

/** {@code /dev/kvm}: what it says of itself. What it really does: {@link KvmSelfTest}. */
public final class Kvm implements AutoCloseable {
  /** The only API version since Linux 2.6.22. */
  public static final int STABLE_API_VERSION = KvmAbi.KVM_API_VERSION;

  private final Fd fd;

  private Kvm(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens /dev/kvm.
   *
   * @throws LinuxException ENOENT (no KVM on this machine), EACCES
   */
  public static Kvm open() throws LinuxException {
    return new Kvm(Open.path(Path.of("/dev/kvm"), OpenFlag.READ_WRITE));
  }

  /** Adopts an open /dev/kvm. */
  public static Kvm adopt(Fd fd) {
    return new Kvm(fd);
  }

  /** The descriptor, borrowed; QEMU gets one of its own. */
  public Fd fd() {
    return fd;
  }

  /** KVM_GET_API_VERSION. */
  public int apiVersion() throws LinuxException {
    return ask("KVM_GET_API_VERSION", KvmAbi.KVM_GET_API_VERSION, 0);
  }

  /**
   * KVM_CHECK_EXTENSION: 0 when there is none, else 1 or the capability's own number.
   *
   * @param capability a KVM_CAP_ number of {@code linux/kvm.h}
   */
  public int checkExtension(int capability) throws LinuxException {
    return ask("KVM_CHECK_EXTENSION(" + capability + ")", KvmAbi.KVM_CHECK_EXTENSION, capability);
  }

  /** Most virtual CPUs of one machine. */
  public int maxVirtualCpus() throws LinuxException {
    return checkExtension(KvmAbi.KVM_CAP_MAX_VCPUS);
  }

  @Override
  public void close() {
    fd.close();
  }

  int ask(String name, int request, long argument) throws LinuxException {
    for (; ; ) {
      try {
        return KvmNative.ioctl(fd.number(), Integer.toUnsignedLong(request), argument);
      } catch (LastErrorException e) {
        LinuxException.retryIfInterrupted(name, e);
      }
    }
  }
}
