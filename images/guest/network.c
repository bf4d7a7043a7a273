#define _GNU_SOURCE
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmdline.h"
#include "console.h"

struct settings {
    char client[INET_ADDRSTRLEN];
    char gateway[INET_ADDRSTRLEN];
    char mask[INET_ADDRSTRLEN];
    char device[IFNAMSIZ];
};

// Fields as in the kernel's Documentation/admin-guide/nfs/nfsroot.rst: client:server:gateway:mask:host:device:autoconf.
static void parse(struct settings *settings) {
    char text[256];
    if (!cmdline_value("ip", text, sizeof text)) {
        return;
    }
    char *rest = text;
    for (int field = 0; rest && field < 6; field++) {
        const char *value = strsep(&rest, ":");
        if (!*value) {
            continue;
        }
        if (field == 0) {
            snprintf(settings->client, sizeof settings->client, "%s", value);
        } else if (field == 2) {
            snprintf(settings->gateway, sizeof settings->gateway, "%s", value);
        } else if (field == 3) {
            snprintf(settings->mask, sizeof settings->mask, "%s", value);
        } else if (field == 5) {
            snprintf(settings->device, sizeof settings->device, "%s", value);
        }
    }
}

static bool first_device(char *name) {
    struct if_nameindex *devices = if_nameindex();
    bool found = false;
    for (struct if_nameindex *device = devices; device && device->if_index && !found; device++) {
        if (strcmp(device->if_name, "lo") != 0) {
            snprintf(name, IFNAMSIZ, "%s", device->if_name);
            found = true;
        }
    }
    if (devices) {
        if_freenameindex(devices);
    }
    return found;
}

static bool set_address(int control, unsigned long request, const char *device, const char *text) {
    struct ifreq ifr = {0};
    struct sockaddr_in address = {.sin_family = AF_INET};
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", device);
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        errno = EINVAL;
        return false;
    }
    memcpy(&ifr.ifr_addr, &address, sizeof address);
    return ioctl(control, request, &ifr) == 0;
}

static bool set_up(int control, const char *device) {
    struct ifreq ifr = {0};
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", device);
    ifr.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(control, SIOCSIFFLAGS, &ifr) == 0;
}

static bool add_default_route(int control, const char *gateway) {
    struct sockaddr_in any = {.sin_family = AF_INET};
    struct sockaddr_in next = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, gateway, &next.sin_addr) != 1) {
        errno = EINVAL;
        return false;
    }
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
    memcpy(&route.rt_dst, &any, sizeof any);
    memcpy(&route.rt_genmask, &any, sizeof any);
    memcpy(&route.rt_gateway, &next, sizeof next);
    return ioctl(control, SIOCADDRT, &route) == 0;
}

void network_up(void) {
    struct settings settings = {.client = "10.0.2.2", .gateway = "10.0.2.1", .mask = "255.255.255.0"};
    parse(&settings);
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!set_up(control, "lo")) {
        console_error("loopback");
    }
    if (!settings.device[0] && !first_device(settings.device)) {
        console_line("no network device");
    } else if (!set_address(control, SIOCSIFADDR, settings.device, settings.client) ||
               !set_address(control, SIOCSIFNETMASK, settings.device, settings.mask) ||
               !set_up(control, settings.device) || !add_default_route(control, settings.gateway)) {
        console_error(settings.device);
    }
    close(control);
}
