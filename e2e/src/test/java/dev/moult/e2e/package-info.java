/**
 * The rules of the modules' boundaries, and the tests that need the real cluster ({@code *E2E}).
 * Not null-marked: a null where a status field should be fails the test that reads it.
 */
package dev.moult.e2e;
