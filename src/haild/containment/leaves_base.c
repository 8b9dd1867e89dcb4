#include "haild/containment/leaves_base.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "haild/containment/leaves_probe.h"
#include "lib/number.h"

#define PREFIX "haild."
#define CONTROLLERS (CGROUP_CPU | CGROUP_MEMORY | CGROUP_PIDS)
#define SYSTEMD "/run/systemd/system" /* sd_booted(3) */

/* --- the reason --- */

static int __attribute__((format(printf, 3, 4)))
set_reason(struct leaves *l, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->reason, sizeof(l->reason), fmt, ap);
	va_end(ap);
	return level;
}

/* WHAT failed with errno.  A user's haild seldom has a writable cgroup. */
static int
cannot(struct leaves *l, const char *what, const char *path)
{
	const char *hint =
	    errno == EROFS ? "; mount the cgroup file system writable" : "";
	bool user = errno == EACCES && geteuid() != 0;

	return set_reason(l, user ? LOG_INFO : LOG_WARNING,
	    "cannot %s %s: %s%s", what, path, strerror(errno), hint);
}

/* --- cgroups that dead daemons have left --- */

/* Whether NAME is "haild.PID" or "haild.PID.N" of a process that has ended. */
static bool
is_stale(const char *name)
{
	const char *text = name + strlen(PREFIX);
	uint64_t pid;

	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
	    number_read(&text, INT_MAX, &pid) && pid > 0 &&
	    (*text == '\0' || *text == '.') &&
	    ((pid_t)pid == getpid() ||
		(kill((pid_t)pid, 0) == -1 && errno == ESRCH));
}

/* In another PID namespace a daemon lives: its cgroup is populated. */
static void
remove_stale(const char *path)
{
	const struct dirent *e;
	DIR *d = opendir(path);

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (is_stale(e->d_name))
			cgroup_remove(dirfd(d), e->d_name);
	closedir(d);
}

/* --- BASE --- */

/* After an upgrade the daemon is in BASE/daemon.  Returns whether it is. */
static bool
find_again(struct leaves *l)
{
	size_t len = strlen(l->base);
	const char *name;
	struct stat st;
	char path[PATH_MAX];

	if (len < strlen("/daemon") ||
	    strcmp(l->base + len - strlen("/daemon"), "/daemon") != 0)
		return false;
	l->base[len - strlen("/daemon")] = '\0';
	name = strrchr(l->base, '/');
	l->own = name != NULL && strncmp(name + 1, PREFIX, strlen(PREFIX)) == 0;
	if ((size_t)snprintf(path, sizeof(path), "%s/sessions", l->base) <
		sizeof(path) &&
	    stat(path, &st) == 0)
		return true;
	strlcat(l->base, "/daemon", sizeof(l->base));
	l->own = false;
	return false;
}

/*
 * Keep other daemons that start now from removing what is still empty.  Anyone
 * can lock a directory, so this waits only for a moment.  Returns a descriptor
 * to close, or -1.
 */
static int
lock_above(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), i;

	for (i = 0; fd != -1 && i < 100 && flock(fd, LOCK_EX | LOCK_NB) == -1;
	     i++)
		poll(NULL, 0, 10);
	return fd;
}

/*
 * Make haild.PID below the own cgroup, which is in l->base; haild.PID.N if
 * another PID namespace has such a daemon.
 */
static int
make_own(struct leaves *l)
{
	size_t len = strlen(l->base);
	int i, result;

	remove_stale(l->base);
	for (i = 1, result = -1; result == -1 && i < 10; i++) {
		snprintf(l->base + len, sizeof(l->base) - len,
		    i == 1 ? "/" PREFIX "%ld" : "/" PREFIX "%ld.%d",
		    (long)getpid(), i);
		if ((result = mkdir(l->base, 0755)) == -1 && errno != EEXIST)
			break;
	}
	l->own = result == 0;
	return result;
}

/* The cgroup above BASE, where the daemon was started. */
static const char *
above(const struct leaves *l, char path[PATH_MAX])
{
	strlcpy(path, l->base, PATH_MAX);
	*strrchr(path, '/') = '\0';
	return path;
}

static int
make_subgroup(const struct leaves *l, const char *name)
{
	return mkdirat(l->base_dir, name, 0755) == -1 && errno != EEXIST ? -1
									 : 0;
}

/*
 * A cgroup whose children have controllers can have no processes, except the
 * host's root.
 */
int
leaves_enable(struct leaves *l)
{
	char path[PATH_MAX];
	unsigned int before;
	int dir, error = 0;

	if (l->own && (dir = open(above(l, path), O_PATH | O_CLOEXEC)) != -1) {
		before = cgroup_controllers(dir, ".", "cgroup.subtree_control");
		l->enabled |= cgroup_enable(dir, ".", CONTROLLERS) & ~before;
		error = errno;
		close(dir);
	}
	cgroup_enable(l->base_dir, ".", CONTROLLERS);
	if (error == 0)
		error = errno;
	l->has = CGROUP_LEAVES | cgroup_enable(l->dir, ".", CONTROLLERS);
	return error;
}

/* Set the reason why controllers are missing.  Returns as leaves_find_base. */
static int
explain_missing(struct leaves *l, int error)
{
	char names[32], path[PATH_MAX];
	const char *where;

	if ((l->has & CONTROLLERS) == CONTROLLERS)
		return -1;
	cgroup_print(CONTROLLERS & ~l->has, names, sizeof(names));
	where = l->own ? above(l, path) : l->base;
	if (error == EBUSY)
		return set_reason(l, LOG_WARNING,
		    "cannot enable %s: %s has other processes than haild; "
		    "start haild in a cgroup of its own",
		    names, where);
	if (error != 0)
		return set_reason(l, LOG_WARNING, "cannot enable %s in %s: %s",
		    names, where, strerror(error));
	if (!l->own && access(SYSTEMD, F_OK) == 0)
		return set_reason(l, LOG_WARNING,
		    "controllers not delegated: %s; " CGROUP_ADVICE, names);
	/* A host that boots with cgroup v1 has them there. */
	return set_reason(l, LOG_INFO,
	    "cgroup v2 lacks %s; cgroup v1 may be using them", names);
}

/* Open BASE and what is in it.  Returns 0, or -1 with errno. */
static int
open_base(struct leaves *l, bool make)
{
	l->base_dir = open(l->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->base_dir == -1)
		return -1;
	if (make) {
		cgroup_prune(l->base_dir, "sessions");
		if (make_subgroup(l, "daemon") == -1 ||
		    make_subgroup(l, "sessions") == -1 ||
		    cgroup_join(l->base_dir, "daemon") == -1)
			return -1;
	}
	l->dir =
	    openat(l->base_dir, "sessions", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return l->dir == -1 ? -1 : 0;
}

/* Without leaves: REASON is known already. */
static int
give_up(struct leaves *l, int level)
{
	l->has = 0;
	if (l->base_dir > 0)
		leaves_remove_base(l);
	else if (l->own)
		rmdir(l->base);
	return level;
}

/* What a daemon could have, as far as can be seen from outside of it. */
static int
guess(struct leaves *l)
{
	char *end = strchr(l->base + 1, '/');
	int dir = open(l->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statvfs fs;

	l->has = cgroup_controllers(dir, ".", "cgroup.controllers");
	if (statvfs(l->base, &fs) == 0 && (fs.f_flag & ST_RDONLY) == 0)
		l->has |= CGROUP_LEAVES;
	if (dir != -1)
		close(dir);
	/* A cgroup nearer to the root has more controllers. */
	while (end != NULL) {
		*end = '\0';
		dir = open(l->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir != -1) {
			l->has |=
			    cgroup_controllers(dir, ".", "cgroup.controllers");
			close(dir);
		}
		*end = '/';
		end = strchr(end + 1, '/');
	}
	return -1;
}

int
leaves_find_base(struct leaves *l, enum leaves_start how)
{
	bool systemd = access(SYSTEMD, F_OK) == 0, again;
	int error, lock, result;

	if (cgroup_find("/proc/self", l->base, sizeof(l->base)) == -1)
		return set_reason(
		    l, LOG_INFO, "no cgroup v2 file system is mounted");
	if (how == LEAVES_TEST)
		return guess(l);
	again = how != LEAVES_START && find_again(l);
	if (how == LEAVES_PROVE && !again)
		return guess(l);
	if (!again && systemd && !cgroup_is_delegated(l->base))
		return set_reason(l, LOG_WARNING,
		    "%s is not delegated to haild; " CGROUP_ADVICE, l->base);
	lock = again || systemd ? -1 : lock_above(l->base);
	if (!again && !systemd && make_own(l) == -1)
		result = cannot(l, "create", l->base);
	else if (open_base(l, !again) == -1)
		result = give_up(l, cannot(l, "use", l->base));
	else
		result = 0;
	if (lock != -1)
		close(lock);
	if (l->dir <= 0)
		return result;
	if (how == LEAVES_PROVE) {
		l->has = CGROUP_LEAVES |
		    cgroup_controllers(l->dir, ".", "cgroup.subtree_control");
		return -1;
	}
	error = leaves_enable(l);
	l->join = leaves_probe(l->base_dir, false) != 0;
	if (l->join && (result = leaves_probe(l->base_dir, true)) != 0)
		return give_up(l,
		    set_reason(l, LOG_WARNING,
			"cannot move processes between the cgroups below %s: "
			"%s",
			l->base, strerror(result)));
	return explain_missing(l, error);
}

/* Undo what leaves_enable did in the cgroup of DIR, if no other child uses it.
 */
static void
disable(int dir, unsigned int bits)
{
	static const char *const names[] = { "-cpu", "-memory", "-pids" };
	static const unsigned int bit[] = { CGROUP_CPU, CGROUP_MEMORY,
		CGROUP_PIDS };
	size_t i;

	for (i = 0; i < sizeof(bit) / sizeof(bit[0]); i++)
		if (bits & bit[i])
			cgroup_write(
			    dir, ".", "cgroup.subtree_control", names[i]);
}

void
leaves_remove_base(struct leaves *l)
{
	char path[PATH_MAX];
	int dir;

	cgroup_prune(l->base_dir, "sessions");
	/* systemd removes what it made. */
	if (l->own &&
	    (dir = open(above(l, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) !=
		-1) {
		/* Only a cgroup without controllers can have processes. */
		disable(l->base_dir, l->enabled);
		disable(dir, l->enabled);
		if (cgroup_join(dir, ".") == 0)
			cgroup_prune(dir, strrchr(l->base, '/') + 1);
		close(dir);
	}
	if (l->dir > 0)
		close(l->dir);
	close(l->base_dir);
	l->dir = l->base_dir = 0;
	l->has = 0;
}
