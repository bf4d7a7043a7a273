/**
 * What a guest's disks become outside of it: volumes of the anchor, and PersistentVolumeClaims that
 * are looked at before a start. Pure; nothing here talks to the API server.
 */
@NullMarked
package dev.moult.operator.disk;

import org.jspecify.annotations.NullMarked;
