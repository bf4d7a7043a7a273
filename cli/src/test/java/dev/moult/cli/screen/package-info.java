/** The guest's screen: what is read from it, who looks at it. */
@org.jspecify.annotations.NullMarked
package dev.moult.cli.screen;
