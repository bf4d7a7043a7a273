/** What start, stop and restart change, and when they are done. */
package dev.moult.cli.power;
