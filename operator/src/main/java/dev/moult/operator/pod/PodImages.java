package dev.moult.operator.pod;

/**
 * Images that pods take from the installation.
 *
 * @param launcher Moult's launcher
 * @param defaultVmm VMM of virtual machines that name none
 * @param pullPolicy pull policy of every image
 */
public record PodImages(String launcher, String defaultVmm, String pullPolicy) {}
