package dev.moult.api.v1alpha1;

/** The question whether the guest agent answers at all; there is nothing to say beside. */
@ApiType
public record GuestAgentPingProbe() {}
