package dev.moult.operator.disk;

import dev.moult.api.v1alpha1.Reason;

/**
 * Why a guest cannot be started with a claim that one of its disks names.
 *
 * @param reason in one word
 * @param message names disk and claim
 */
public record ClaimProblem(Reason reason, String message) {}
