/* A VMM image of somebody who wants out of it. The attack is chosen by the name of the virtual machine. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOM "/run/moult"
#define SOCKET ROOM "/agent.sock"
#define MEETING "/proc/self/fd/11"

/* The slots of docs/architecture.md. */
enum { RAM = 10, MEET = 11, TAP = 12, TTY = 13, KERNEL = 14, INITRD = 15, QMP = 20 };

struct attack {
	const char *name;      /* of the virtual machine, without what the pod adds */
	void (*run)(char **argv);
};

/* Before the launcher: the container's first process is this program from the start. */
extern const struct attack launcher_attacks[];
/* In the place of QEMU, whose descriptors it has; those that return become the real one. */
extern const struct attack qemu_attacks[];
/* In the place of the new QEMU of a live update. */
extern const struct attack target_attacks[];

/* Says a line in the pod's log; the test reads it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void nap(long milliseconds);
void forever(void) __attribute__((noreturn));
/* Becomes the image's real QEMU. */
void real_qemu(char **argv) __attribute__((noreturn));
/* True in a child of its own, which the parent does not wait for. */
bool beside(void);

/* A seqpacket connection to the broker; -1 when nobody listens. */
int dial(void);
/* A launcher's hello with a probe of so many bytes; returns the packet's size. */
size_t hello(uint8_t *packet, size_t room, size_t probe);
/* Sends a packet with so many descriptors. */
long send_with(int socket, const void *packet, size_t length, int descriptors);

#endif
