package dev.moult.qemu.qmp;

import java.util.List;

/**
 * What {@code query-migrate} answers.
 *
 * @param status QEMU's status such as {@code setup}, {@code active}, {@code device}, {@code
 *     completed}, {@code failed}; {@code none} when there was no migration
 * @param errorDescription why it failed; empty otherwise
 * @param blockedReasons what forbids a migration now. Private RAM is not among them.
 */
public record MigrationState(String status, String errorDescription, List<String> blockedReasons) {}
