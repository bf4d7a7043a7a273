/**
 * State machines as data: states with deadlines, listed transitions, and the diagram that the
 * documentation shows. The tables themselves live with the resource that they are about.
 */
@NullMarked
package dev.moult.operator.state;

import org.jspecify.annotations.NullMarked;
