/** The neutral ground where two QEMUs of one VM meet: a tmpfs that is mounted nowhere. */
@NullMarked
package dev.moult.broker.meeting;

import org.jspecify.annotations.NullMarked;
