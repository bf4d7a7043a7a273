/**
 * The command line as a whole: its permissions and its page of the documentation, and the verbs
 * against a real API server.
 */
package dev.moult.cli;
