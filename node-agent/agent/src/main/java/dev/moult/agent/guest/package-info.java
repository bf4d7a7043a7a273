/**
 * What a VM's guest agent tells, and when it is asked. A guest that lies or says nothing costs a
 * thread of its own a few seconds now and then, and its VM's thread nothing.
 */
@NullMarked
package dev.moult.agent.guest;

import org.jspecify.annotations.NullMarked;
