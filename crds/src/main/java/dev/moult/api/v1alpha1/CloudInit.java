package dev.moult.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A read-only disk with cloud-init's NoCloud seed, labelled cidata. */
@ApiType
@ValidationRule(
    value = "has(self.secretName) != (has(self.userData) || has(self.networkData))",
    message =
        "spec.disks[].cloudInit must have either secretName, or userData (and networkData, if you"
            + " wish)")
@ValidationRule(
    value = "has(self.secretName) || has(self.userData) || !has(self.networkData)",
    message =
        "spec.disks[].cloudInit.networkData needs userData beside it; '#cloud-config' is the least")
public record CloudInit(
    @JsonPropertyDescription(
            "Name of a Secret of this namespace with the keys userdata (or user-data) and, if you"
                + " wish, networkdata (or network-config); at most 16 KiB each. Either this or userData."
                + " Mutable; takes effect at the next start of the guest.")
        @Size(min = 1, max = 253)
        @ValidationRule(
            value =
                "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
            message =
                "spec.disks[].cloudInit.secretName must be the name of a Secret, such as web-init")
        @Nullable String secretName,
    @JsonPropertyDescription(
            "What cloud-init does at boot, at most 16 KiB; whoever may read the VirtualMachine reads"
                + " it. Either this or secretName. Mutable; takes effect at the next start of the guest.")
        @Size(min = 1, max = 16384)
        @ValidationRule(
            value = "bytes(self).size() <= 16384",
            message =
                "spec.disks[].cloudInit.userData must be at most 16 KiB in UTF-8; let cloud-init fetch"
                    + " more by #include")
        @Nullable String userData,
    @JsonPropertyDescription(
            "Network configuration for cloud-init, at most 16 KiB; beside userData. Default: none,"
                + " which is DHCP. Mutable; takes effect at the next start of the guest.")
        @Size(min = 1, max = 16384)
        @ValidationRule(
            value = "bytes(self).size() <= 16384",
            message = "spec.disks[].cloudInit.networkData must be at most 16 KiB in UTF-8")
        @Nullable String networkData) {}
