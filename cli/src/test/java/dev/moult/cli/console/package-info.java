/** The rules of a console, without a terminal. */
package dev.moult.cli.console;
