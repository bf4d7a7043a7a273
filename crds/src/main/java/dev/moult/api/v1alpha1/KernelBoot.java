package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/** A Linux kernel that is booted straight, without firmware or boot loader. */
@RecordBuilder
@ApiType
public record KernelBoot(
    @JsonPropertyDescription(
            "Image that holds the kernel and the initial RAM disk; mounted into the anchor pod as"
                + " an image volume. Required. Mutable; takes effect at the next start of the guest.")
        @Required
        @Size(min = 1, max = 512)
        String image,
    @JsonPropertyDescription(
            "Absolute path of the kernel inside the image, without '..'. Default: /boot/vmlinuz."
                + " Mutable; takes effect at the next start of the guest.")
        @Default("/boot/vmlinuz")
        @Size(min = 1, max = 1024)
        @ValidationRule(
            value = "self.startsWith('/') && !self.matches('(^|/)[.][.](/|$)')",
            message =
                "spec.boot.kernel.kernelPath must be an absolute path inside the image without '..',"
                    + " such as /boot/vmlinuz")
        String kernelPath,
    @JsonPropertyDescription(
            "Absolute path of the initial RAM disk inside the image, without '..'. Default: none."
                + " Mutable; takes effect at the next start of the guest.")
        @Size(min = 1, max = 1024)
        @ValidationRule(
            value = "self.startsWith('/') && !self.matches('(^|/)[.][.](/|$)')",
            message =
                "spec.boot.kernel.initrdPath must be an absolute path inside the image without '..',"
                    + " such as /boot/initrd.img")
        @Nullable String initrdPath,
    @JsonPropertyDescription(
            "Command line of the kernel, at most 2047 characters. Default: empty. Mutable; takes"
                + " effect at the next start of the guest.")
        @Size(max = 2047)
        @ValidationRule(
            value = "!self.matches('[[:cntrl:]]')",
            message =
                "spec.boot.kernel.args must be one line; write the kernel's arguments separated by"
                    + " spaces")
        @Nullable String args) {
  /** Absent lists, maps and defaults are filled in. */
  public KernelBoot {
    kernelPath = kernelPath == null ? "/boot/vmlinuz" : kernelPath;
  }
}
