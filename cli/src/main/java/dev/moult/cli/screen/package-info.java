/**
 * The guest's screen, by VNC through a port-forward into the anchor pod: a picture of it, or a
 * viewer of the user's own. What QEMU and its guest send is hostile: bounded in size and time.
 */
@NullMarked
package dev.moult.cli.screen;

import org.jspecify.annotations.NullMarked;
