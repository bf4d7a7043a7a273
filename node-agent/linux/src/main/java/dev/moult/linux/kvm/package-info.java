/** What KVM on this node really can do: capabilities, and a test that runs real guest code. */
@NullMarked
package dev.moult.linux.kvm;

import org.jspecify.annotations.NullMarked;
