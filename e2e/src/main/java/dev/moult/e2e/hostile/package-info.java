/**
 * Attacks on Moult by pods and peers, each tried for real on a cluster: hostile VMM images, forged
 * pods, strange files in images, and what they do to others. The hostile program is images/hostile.
 */
@NullMarked
package dev.moult.e2e.hostile;

import org.jspecify.annotations.NullMarked;
