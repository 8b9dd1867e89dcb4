/*
 * landlock.c -- no files and no network, without privileges (landlock(7)).
 *
 * By raw system calls: libc has no functions for them.  Constants that Debian
 * 12's <linux/landlock.h> lacks are defined here, with the ABI that brought
 * each.
 */

#include <sys/syscall.h>

#include <stdint.h>
#include <unistd.h>

#include "contain/confine.h"

/* <linux/landlock.h> of the build host may be older than the kernel. */
struct ruleset {
	uint64_t fs;	 /* ABI 1 */
	uint64_t net;	 /* ABI 4 */
	uint64_t scoped; /* ABI 6 */
};

#define VERSION_FLAG 1U

#define FS_ABI_1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)	 /* ABI 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14)	 /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define NET_BIND_TCP (UINT64_C(1) << 0)	 /* ABI 4 */
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0) /* ABI 6 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

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

int
landlock_deny_all(void)
{
	int version = landlock_version(), fd, result;
	struct ruleset r = { .fs = FS_ABI_1 };
	size_t size = sizeof(r.fs);

	if (version < 1)
		return -1;
	if (version >= 2)
		r.fs |= FS_REFER;
	if (version >= 3)
		r.fs |= FS_TRUNCATE;
	if (version >= 4) {
		r.net = NET_BIND_TCP | NET_CONNECT_TCP;
		size = sizeof(r.fs) + sizeof(r.net);
	}
	if (version >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (version >= 6) {
		r.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
		size = sizeof(r);
	}
	fd = (int)syscall(__NR_landlock_create_ruleset, &r, size, 0);
	if (fd == -1)
		return -1;
	/* Without a rule that allows something, all of it is denied. */
	result = (int)syscall(__NR_landlock_restrict_self, fd, 0);
	close(fd);
	return result;
}
