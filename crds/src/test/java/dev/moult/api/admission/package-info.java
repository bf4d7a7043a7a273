/**
 * Who may write what: the chart's admission policies on a real API server, each clause with a call
 * that it refuses and one that it lets in.
 */
@NullMarked
package dev.moult.api.admission;

import org.jspecify.annotations.NullMarked;
