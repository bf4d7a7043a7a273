/** How ssh is called. */
package dev.moult.cli.ssh;
