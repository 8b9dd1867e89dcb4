/*
 * landlock.c -- no files and no network, without privileges (landlock(7)).
 *
 * libc has no functions for these system calls, and <linux/landlock.h> of the
 * build host may be older than the kernel.
 */

#include <sys/syscall.h>

#include <stdint.h>
#include <unistd.h>

#include "contain/confine.h"

#define BIT(n) (UINT64_C(1) << (n))

/* The rights that each version of the ABI added. */
static const struct ruleset {
	uint64_t fs, net, scoped;
} added[] = {
	[1] = { .fs = BIT(13) - 1 },
	[2] = { .fs = BIT(13) },	  /* refer */
	[3] = { .fs = BIT(14) },	  /* truncate */
	[4] = { .net = BIT(0) | BIT(1) }, /* bind and connect, TCP */
	[5] = { .fs = BIT(15) },	  /* ioctl of devices */
	[6] = { .scoped =
		    BIT(0) | BIT(1) }, /* abstract Unix sockets, signals */
};

#define VERSION_FLAG 1U

#ifndef __NR_landlock_create_ruleset /* the same on all architectures */
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_restrict_self 446
#endif

int
landlock_version(void)
{
	return (int)syscall(
	    __NR_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
}

/* Without a rule that allows something, all that R names is denied. */
static int
restrict_self(const struct ruleset *r)
{
	int fd, result;

	/* Members that an older kernel does not know are 0, so it accepts them.
	 */
	fd = (int)syscall(__NR_landlock_create_ruleset, r, sizeof(*r), 0);
	if (fd == -1)
		return -1;
	result = (int)syscall(__NR_landlock_restrict_self, fd, 0);
	close(fd);
	return result;
}

int
landlock_deny_all(bool connects)
{
	int version = landlock_version(), i;
	struct ruleset r = { 0 };

	if (version < 1)
		return -1;
	for (i = 1; i <= version && i < (int)(sizeof(added) / sizeof(*added));
	     i++) {
		r.fs |= added[i].fs;
		if (connects)
			continue;
		r.net |= added[i].net;
		r.scoped |= added[i].scoped;
	}
	return restrict_self(&r);
}

int
landlock_scope(void)
{
	const struct ruleset r = { .scoped = added[LANDLOCK_SCOPES].scoped };

	return restrict_self(&r);
}
