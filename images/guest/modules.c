#define _GNU_SOURCE
#include "modules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "console.h"

// Virtio device ids: linux/virtio_ids.h. A driver is loaded only for a device that is there: under
// emulation each module costs milliseconds of the boot.
static const struct {
    unsigned id;
    const char *module;
} virtio_drivers[] = {
    {1, "virtio_net"}, {2, "virtio_blk"}, {3, "virtio_console"}, {4, "virtio-rng"}, {8, "virtio_scsi"},
};

static void insert(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "/modules/%s.ko", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        console_error(path);
        return;
    }
    if (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST) {
        console_error(path);
    }
    close(fd);
}

// A line of /modules/order: "virtio_net failover net_failover virtio_net": the name, then what to insert.
static void load(const char *name) {
    FILE *order = fopen("/modules/order", "re");
    if (!order) {
        console_error("/modules/order");
        return;
    }
    char line[512];
    while (fgets(line, sizeof line, order)) {
        char *word = strtok(line, " \n");
        if (word && strcmp(word, name) == 0) {
            while ((word = strtok(NULL, " \n"))) {
                insert(word);
            }
            break;
        }
    }
    fclose(order);
}

static bool read_hex(const char *directory, const char *device, const char *attribute, unsigned *value) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", directory, device, attribute);
    FILE *file = fopen(path, "re");
    if (!file) {
        return false;
    }
    bool read = fscanf(file, "%x", value) == 1;
    fclose(file);
    return read;
}

// Is there a device in the sysfs directory whose attribute has the value (hexadecimal)?
static bool present(const char *directory, const char *attribute, unsigned value) {
    DIR *devices = opendir(directory);
    bool found = false;
    for (struct dirent *entry; devices && !found && (entry = readdir(devices));) {
        unsigned seen;
        found = entry->d_name[0] != '.' && read_hex(directory, entry->d_name, attribute, &seen) && seen == value;
    }
    if (devices) {
        closedir(devices);
    }
    return found;
}

void modules_load(void) {
    load("button");
    load("evdev");
    if (present("/sys/bus/pci/devices", "vendor", 0x1af4)) {
        load("virtio_pci");
    }
    for (size_t i = 0; i < sizeof virtio_drivers / sizeof *virtio_drivers; i++) {
        if (present("/sys/bus/virtio/devices", "device", virtio_drivers[i].id)) {
            load(virtio_drivers[i].module);
        }
    }
    if (present("/sys/bus/pci/devices", "device", 0x0011)) { // pvpanic-pci: QEMU's docs/specs/pvpanic.rst
        load("pvpanic-pci");
    }
}
