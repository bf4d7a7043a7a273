/** What the plugin makes of names and of refusals. */
package dev.moult.cli.cluster;
