package dev.moult.operator.allowance;

import dev.moult.operator.pod.PodImages;
import java.util.List;

/**
 * All that the answer of a dry run depends on, as far as the caches tell: while it is the same,
 * nobody need ask again.
 *
 * @param generation of the virtual machine's spec
 * @param images images of the installation
 * @param facts what the namespace's quotas and limit ranges mean for the pod
 */
public record Question(long generation, PodImages images, List<String> facts) {}
