/** How things are printed. */
package dev.moult.cli.output;
