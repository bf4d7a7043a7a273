/**
 * VirtualMachine: from what is wished and what is seen to pods and status. Observer and Planner are
 * pure; the reconciler reads caches, records the intent, acts and reports.
 */
@NullMarked
package dev.moult.operator.vm;

import org.jspecify.annotations.NullMarked;
