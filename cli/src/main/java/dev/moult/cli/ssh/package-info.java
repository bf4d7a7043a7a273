/** The user's own ssh, to the address of a virtual machine. */
@NullMarked
package dev.moult.cli.ssh;

import org.jspecify.annotations.NullMarked;
