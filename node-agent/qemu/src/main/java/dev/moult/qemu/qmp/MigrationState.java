package dev.moult.qemu.qmp;

import dev.moult.qemu.PeerText;
import java.util.List;

/**
 * What {@code query-migrate} answers.
 *
 * @param status QEMU's status such as {@code setup}, {@code active}, {@code device}, {@code
 *     completed}, {@code failed}; {@code none} when there was no migration
 * @param errorDescription why it failed; empty otherwise
 * @param blockedReasons what forbids a migration now. Private RAM is not among them.
 */
public record MigrationState(String status, String errorDescription, List<String> blockedReasons) {

  /** Most reasons kept; QEMU gives one for each device that blocks. */
  private static final int MAX_REASONS = 16;

  /** Cleans what may come from a hostile QEMU. */
  public MigrationState {
    status = PeerText.clean(status);
    errorDescription = PeerText.clean(errorDescription);
    blockedReasons = blockedReasons.stream().limit(MAX_REASONS).map(PeerText::clean).toList();
  }
}
