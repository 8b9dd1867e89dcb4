/*
 * sandbox.h -- values of the containment settings, and what haild-load derives
 * from them.
 *
 * The settings themselves are fields of struct service (config.h).  The names
 * follow systemd.exec(5).
 */

#ifndef CONFIG_SANDBOX_H
#define CONFIG_SANDBOX_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/* In the order of the words in load/settings.c. */
enum sandbox_preset { SANDBOX_NONE, SANDBOX_BASIC, SANDBOX_STRICT };
enum protect_system {
	PROTECT_SYSTEM_NO,
	PROTECT_SYSTEM_YES,    /* /usr, /boot and /efi are read-only */
	PROTECT_SYSTEM_FULL,   /* and /etc, /sys, settings in /proc */
	PROTECT_SYSTEM_STRICT, /* everything but /dev, /proc, private-tmp */
};
enum protect_home {
	PROTECT_HOME_NO,
	PROTECT_HOME_YES, /* /home, /root, /run/user cannot be read */
	PROTECT_HOME_READ_ONLY,
	PROTECT_HOME_TMPFS, /* they are empty */
};
enum oom_policy { OOM_CONTINUE, OOM_KILL };

/* Controllers of cgroup v2 that haild can use; bits. */
enum {
	CGROUP_LEAVES = 1, /* a cgroup for each session can be made at all */
	CGROUP_CPU = 2,
	CGROUP_MEMORY = 4,
	CGROUP_PIDS = 8,
};

#define CAPABILITIES_ALL UINT64_MAX
#define NO_UID ((uid_t)-1)
#define NO_TREE (-1)

/* What does not follow from a setting alone. */
struct sandbox {
	/*
	 * The number of its prepared mount namespace
	 * (haild/containment/trees.h); NO_TREE: it has the daemon's.
	 */
	int32_t tree;
	uint64_t capabilities;		  /* a bit for each that is kept */
	const struct sock_filter *filter; /* NULL: none */
	uint16_t filter_len;		  /* instructions */
	const unsigned long *cpus;	  /* sched_setaffinity(2); NULL: all */
	size_t cpus_size;		  /* bytes */
	/* "user" is "pool:FIRST-LAST"; pool_first 0: it is not. */
	uid_t pool_first, pool_last;
	uint64_t written; /* parts in the configuration, by index; for -T */
};

#endif
