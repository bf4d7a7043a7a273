/** What an installation sets: images, uid range, brakes of automatic updates. */
@NullMarked
package dev.moult.operator.config;

import org.jspecify.annotations.NullMarked;
