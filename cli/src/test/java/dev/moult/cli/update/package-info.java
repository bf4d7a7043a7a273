/** How live updates are told. */
package dev.moult.cli.update;
