/** Claims of disks and of UEFI's variables, without a cluster. */
@NullMarked
package dev.moult.operator.disk;

import org.jspecify.annotations.NullMarked;
