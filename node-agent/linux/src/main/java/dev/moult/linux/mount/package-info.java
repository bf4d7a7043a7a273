/** Mounts: the detached tmpfs on which two QEMUs meet, and the mount table with its changes. */
@NullMarked
package dev.moult.linux.mount;

import org.jspecify.annotations.NullMarked;
