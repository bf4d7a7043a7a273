/**
 * What a node's own object says about the guests on it: whether it answers, whether it is cordoned,
 * whether an administrator has said that it is off.
 */
@NullMarked
package dev.moult.operator.node;

import org.jspecify.annotations.NullMarked;
