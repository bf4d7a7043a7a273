package dev.moult.linux.mount;

import dev.moult.linux.file.FileStat.DeviceNumber;

/**
 * One line of the mount table (proc(5), mountinfo).
 *
 * @param id number of the mount
 * @param parent number of the mount it lies on
 * @param device of the file system
 * @param root the directory of the file system that is seen
 * @param mountPoint where it is seen
 * @param options of this mount
 * @param fileSystem type, such as tmpfs
 * @param source device or other origin
 */
public record Mount(
    int id,
    int parent,
    DeviceNumber device,
    String root,
    String mountPoint,
    String options,
    String fileSystem,
    String source) {}
