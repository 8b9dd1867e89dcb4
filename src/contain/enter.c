/*
 * enter.c -- the network and the files of a session.
 *
 * The tree (tree.h) has what all sessions of a service can share.  What is of
 * one session alone is mounted here, in a copy of the tree.  The order and the
 * calls are those that were measured to be cheapest: one tmpfs that is bound
 * twice costs half as much as three, and mount(2) half as much as the newer
 * fsopen(2) and move_mount(2).
 */

#include "contain/contain.h"

#include <sys/mount.h>

#include <linux/capability.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "contain/capabilities.h"
#include "contain/tree.h"
#include "lib/log.h"

/* Of /tmp, /var/tmp and /dev/shm together, where there is no memory-max. */
#define TMP_SIZE (INT64_C(64) * 1024 * 1024)
#define TMP_FILES 16384

/* Log errno.  Returns -1. */
static int
fail(const struct service *service, const char *what)
{
	log_err("%s: cannot %s", service->name, what);
	return -1;
}

static bool
has_privileges(const struct service *service)
{
	return capabilities_allow_root(service) ||
	    capabilities_possible(service) != 0;
}

bool
contain_shares_network(const struct service *service)
{
	return service->private_network && service->landlock_scope &&
	    !has_privileges(service);
}

static int
enter_network(const struct service *service, const struct grant *grant)
{
	if (!service->private_network)
		return 0;
	/* After a reload, the grant may be of other settings. */
	if (grant->network != -1 && contain_shares_network(service)
		? setns(grant->network, CLONE_NEWNET) == -1
		: unshare(CLONE_NEWNET) == -1)
		return fail(service, "enter a network namespace");
	return 0;
}

/* Also makes "/" the working directory. */
static int
enter_tree(const struct service *service, const struct grant *grant)
{
	if (grant->tree != -1)
		return setns(grant->tree, CLONE_NEWNS) == -1
		    ? fail(service, "enter its mount namespace")
		    : 0;
	if (!tree_is_wanted(service))
		return 0;
	log_errx(
	    "%s: no mount namespace was prepared; reload haild", service->name);
	return -1;
}

/* PATH inside the service's root directory. */
static const char *
inside(const struct service *service, const char *path, char *buf, size_t size)
{
	int n;

	if (service->chroot == NULL)
		return path;
	n = snprintf(buf, size, "%s%s", service->chroot, path);
	if (n > 0 && (size_t)n < size)
		return buf;
	errno = ENAMETOOLONG;
	return NULL;
}

/*
 * Mount on PATH inside the root of SERVICE.  Returns 1; 0 if there is no such
 * directory; or -1 with errno.
 */
static int
mount_inside(const struct service *service, const char *source,
    const char *path, const char *type, unsigned long flags,
    const char *options)
{
	char buf[PATH_MAX];

	if ((path = inside(service, path, buf, sizeof(buf))) == NULL)
		return -1;
	if (mount(source, path, type, flags, options) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

/*
 * One file system for all that exist of the three: they have the same files.
 */
static int
mount_tmp(const struct service *service)
{
	static const char *const paths[] = { "/tmp", "/var/tmp", "/dev/shm" };
	const char *first = NULL;
	char options[96], buf[PATH_MAX];
	int result;
	size_t i;

	snprintf(options, sizeof(options),
	    "mode=1777,size=%" PRId64 ",nr_inodes=%d",
	    service->memory_max > 0 ? service->memory_max : TMP_SIZE,
	    TMP_FILES);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		result = first == NULL
		    ? mount_inside(service, "tmpfs", paths[i], "tmpfs",
			  MS_NOSUID | MS_NODEV, options)
		    : mount_inside(
			  service, first, paths[i], NULL, MS_BIND, NULL);
		if (result == -1) {
			log_err("%s: cannot mount a private %s", service->name,
			    paths[i]);
			return -1;
		}
		if (result == 1 && first == NULL)
			first = inside(service, paths[i], buf, sizeof(buf));
	}
	return 0;
}

/* Log errno.  Returns -1. */
static int
fail_protect(const struct service *service, const char *path)
{
	log_err("%s: cannot make %s read-only", service->name, path);
	return -1;
}

/* Root owns these files, so that it needs no capability to write them. */
static int
protect_kernel(const struct service *service)
{
	char buf[PATH_MAX];
	const char *path;
	size_t i;

	for (i = 0; tree_kernel_files[i] != NULL; i++) {
		path = inside(service, tree_kernel_files[i], buf, sizeof(buf));
		if (path == NULL)
			return fail_protect(service, tree_kernel_files[i]);
		if (mount(path, path, NULL, MS_BIND, NULL) == -1) {
			if (errno == ENOENT)
				continue;
			return fail_protect(service, path);
		}
		if (mount(NULL, path, NULL,
			MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID |
			    MS_NODEV | MS_NOEXEC,
			NULL) == -1)
			return fail_protect(service, path);
	}
	return 0;
}

/*
 * The /proc of the session's PID namespace.  hidepid=2 hides its init process,
 * whose command line is the daemon's.
 */
static int
mount_proc(const struct service *service)
{
	int result = mount_inside(service, "proc", "/proc", "proc",
	    MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2");

	if (result == -1)
		return fail(service, "mount a private /proc");
	return result == 1 && has_privileges(service) &&
		service->protect_system >= PROTECT_SYSTEM_FULL
	    ? protect_kernel(service)
	    : 0;
}

/* Sessions that share the tree's could see each other's terminals. */
static int
mount_terminals(const struct service *service)
{
	if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=0600") == -1)
		return fail(service, "mount a private /dev/pts");
	return 0;
}

static int
mount_own(const struct service *service)
{
	if (service->private_tmp && mount_tmp(service) == -1)
		return -1;
	if (service->private_pids && mount_proc(service) == -1)
		return -1;
	return service->private_devices ? mount_terminals(service) : 0;
}

/* A program that may mount must not change the tree of other sessions. */
static bool
could_change_tree(const struct service *service, const struct grant *grant)
{
	return grant->tree != -1 &&
	    (capabilities_possible(service) & CAPABILITY(CAP_SYS_ADMIN)) != 0;
}

int
contain_enter(const struct service *service, const struct grant *grant)
{
	bool own = service->private_tmp || service->private_pids;

	if (enter_network(service, grant) == -1 ||
	    enter_tree(service, grant) == -1)
		return -1;
	if ((own || could_change_tree(service, grant)) &&
	    unshare(CLONE_NEWNS) == -1)
		return fail(service, "create a mount namespace");
	return own ? mount_own(service) : 0;
}
