/** What virtual machines use: from an agent's page to a row. */
@org.jspecify.annotations.NullMarked
package dev.moult.cli.top;
