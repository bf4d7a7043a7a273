package dev.moult.operator.disk;

import dev.moult.api.v1alpha1.Reason;

/**
 * Why a guest cannot be started with a claim that its spec names.
 *
 * @param reason in one word
 * @param message names the claim and what it is for
 */
public record ClaimProblem(Reason reason, String message) {}
