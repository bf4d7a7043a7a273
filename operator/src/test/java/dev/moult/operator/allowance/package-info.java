/** Tests of what a namespace allows. */
@org.jspecify.annotations.NullMarked
package dev.moult.operator.allowance;
