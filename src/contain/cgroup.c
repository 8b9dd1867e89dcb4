#include "contain/cgroup.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	unsigned int bit;
} controllers[] = {
	{ "cpu", CGROUP_CPU },
	{ "memory", CGROUP_MEMORY },
	{ "pids", CGROUP_PIDS },
};

/* --- files --- */

static int
open_file(int dir, const char *group, const char *file, int flags)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", group, file) >=
	    sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(dir, path, flags | O_CLOEXEC | O_NOFOLLOW);
}

ssize_t
cgroup_read(
    int dir, const char *group, const char *file, char *buf, size_t size)
{
	int fd = open_file(dir, group, file, O_RDONLY), error;
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, buf, size - 1);
	error = errno;
	close(fd);
	errno = error;
	buf[n == -1 ? 0 : n] = '\0';
	return n;
}

/*
 * A write to memory.max frees memory and kills until the limit is kept, which
 * takes long.  Since Linux 6.16 O_NONBLOCK leaves that to the processes in the
 * cgroup, when they allocate memory next (cgroup-v2.rst, memory.max).
 */
int
cgroup_write(int dir, const char *group, const char *file, const char *text)
{
	int fd = open_file(dir, group, file, O_WRONLY | O_NONBLOCK), error;
	ssize_t n;

	if (fd == -1)
		return -1;
	n = write(fd, text, strlen(text));
	error = errno;
	close(fd);
	errno = error;
	return n == -1 ? -1 : 0;
}

int64_t
cgroup_number(int dir, const char *group, const char *file, const char *key)
{
	char text[1024], *line = text, *end;
	size_t len = key == NULL ? 0 : strlen(key);
	int64_t n;

	if (cgroup_read(dir, group, file, text, sizeof(text)) == -1)
		return -1;
	while (line != NULL && key != NULL &&
	    (strncmp(line, key, len) != 0 || line[len] != ' '))
		if ((line = strchr(line, '\n')) != NULL)
			line++;
	if (line != NULL) {
		line += key == NULL ? 0 : len + 1;
		errno = 0;
		n = strtoll(line, &end, 10);
		if (end != line && errno == 0 && n >= 0)
			return n;
	}
	errno = EINVAL;
	return -1;
}

/* --- controllers --- */

unsigned int
cgroup_controllers(int dir, const char *group, const char *file)
{
	char text[1024], *rest = text, *word;
	unsigned int found = 0;
	size_t i;

	if (cgroup_read(dir, group, file, text, sizeof(text)) == -1)
		return 0;
	while ((word = strsep(&rest, " \n")) != NULL)
		for (i = 0; i < COUNT(controllers); i++)
			if (strcmp(word, controllers[i].name) == 0)
				found |= controllers[i].bit;
	return found;
}

unsigned int
cgroup_enable(int dir, const char *group, unsigned int wanted)
{
	static const char file[] = "cgroup.subtree_control";
	unsigned int has = cgroup_controllers(dir, group, file);
	int error = 0;
	char text[16];
	size_t i;

	wanted &= cgroup_controllers(dir, group, "cgroup.controllers");
	/* One at a time: a write of all does nothing if one is impossible. */
	for (i = 0; i < COUNT(controllers); i++) {
		if (!(wanted & ~has & controllers[i].bit))
			continue;
		snprintf(text, sizeof(text), "+%s", controllers[i].name);
		if (cgroup_write(dir, group, file, text) == -1)
			error = errno;
	}
	has = cgroup_controllers(dir, group, file);
	errno = error;
	return has;
}

const char *
cgroup_print(unsigned int bits, char *buf, size_t size)
{
	size_t i;

	*buf = '\0';
	for (i = 0; i < COUNT(controllers); i++) {
		if (!(bits & controllers[i].bit))
			continue;
		strlcat(buf, *buf == '\0' ? "" : " ", size);
		strlcat(buf, controllers[i].name, size);
	}
	if (*buf == '\0')
		strlcpy(buf, "no controllers", size);
	return buf;
}

/* --- limits --- */

static bool
differs(int64_t limit, int64_t old)
{
	return limit != old && (limit > 0 || old > 0);
}

static int
write_limit(int dir, const char *group, const char *file, int64_t limit,
    int64_t old, const char *after)
{
	char text[64];

	if (!differs(limit, old))
		return 0;
	if (limit <= 0)
		snprintf(text, sizeof(text), "max%s", after);
	else
		snprintf(text, sizeof(text), "%" PRId64 "%s", limit, after);
	return cgroup_write(dir, group, file, text);
}

/*
 * cpu.max is "QUOTA PERIOD" in microseconds: 10000 hundredths of a percent are
 * 100 ms in 100 ms.  The kernel's least quota is 1 ms.
 */
static int64_t
quota_of(const struct cgroup_limits *l)
{
	return l->cpu > 0 && l->cpu < 100 ? 1000 : l->cpu * 10;
}

int
cgroup_limit(int dir, const char *group, const struct cgroup_limits *limits,
    const struct cgroup_limits *old)
{
	static const struct cgroup_limits none;

	if (old == NULL)
		old = &none;
	if (write_limit(dir, group, "memory.max", limits->memory, old->memory,
		"") == -1 ||
	    write_limit(
		dir, group, "pids.max", limits->tasks, old->tasks, "") == -1 ||
	    write_limit(dir, group, "cpu.max", quota_of(limits), quota_of(old),
		" 100000") == -1)
		return -1;
	/*
	 * Else memory.max would only make the kernel swap.  OLD may be a guess:
	 * both files are written, or none.
	 */
	if (differs(limits->memory, old->memory) &&
	    cgroup_write(dir, group, "memory.swap.max",
		limits->memory > 0 ? "0" : "max") == -1 &&
	    errno != ENOENT)
		return -1;
	if (limits->kill_at_oom == old->kill_at_oom)
		return 0;
	return cgroup_write(
	    dir, group, "memory.oom.group", limits->kill_at_oom ? "1" : "0");
}

/* Whether the cgroup of LEAF, or the one above it, has the limit FILE. */
static bool
has_limit(int leaf, const char *file)
{
	return cgroup_number(leaf, ".", file, NULL) > 0 ||
	    cgroup_number(leaf, "..", file, NULL) > 0;
}

/* A count that cannot be read is 0. */
static int64_t
count(int leaf, const char *group, const char *file, const char *key)
{
	int64_t n = cgroup_number(leaf, group, file, key);

	return n > 0 ? n : 0;
}

void
cgroup_events_read(int leaf, struct cgroup_events *events)
{
	static const char local[] = "memory.events.local";

	*events = (struct cgroup_events) { 0, 0, 0 };
	if (leaf == -1)
		return;
	if (has_limit(leaf, "memory.max")) {
		events->killed = count(leaf, ".", "memory.events", "oom_kill");
		events->short_of_memory = count(leaf, ".", local, "oom") +
		    count(leaf, "..", local, "oom");
	}
	if (has_limit(leaf, "pids.max"))
		events->denied = count(leaf, ".", "pids.events", "max");
}

/* --- processes --- */

int
cgroup_join(int dir, const char *group)
{
	/* "0" is the process that writes, in any PID namespace. */
	return cgroup_move(dir, group, 0);
}

int
cgroup_move(int dir, const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%ld", (long)pid);
	return cgroup_write(dir, group, "cgroup.procs", text);
}

pid_t
cgroup_fork(int leaf)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (leaf == -1)
		return _Fork();
	args.flags = CLONE_INTO_CGROUP;
	args.cgroup = (uint64_t)leaf;
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

bool
cgroup_is_populated(int dir, const char *group)
{
	return cgroup_number(dir, group, "cgroup.events", "populated") == 1;
}

/* Call FN for each cgroup right below GROUP.  Returns -1 if FN once does. */
static int
each_below(int dir, const char *group, int (*fn)(int dir, const char *group))
{
	int fd = openat(dir, group, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
	const struct dirent *e;
	int result = 0;
	DIR *d;

	if (fd == -1)
		return -1;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	while ((e = readdir(d)) != NULL)
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    fn(dirfd(d), e->d_name) == -1)
			result = -1;
	error = errno;
	closedir(d);
	errno = error;
	return result;
}

/* Kill those of cgroup.procs: what fits into the buffer, the rest next time. */
static int
kill_each(int dir, const char *group)
{
	char text[8192], *rest = text, *line;
	ssize_t n;
	long pid;

	if ((n = cgroup_read(dir, group, "cgroup.procs", text, sizeof(text))) ==
	    -1)
		return -1;
	/* The last line may be cut. */
	while (n > 0 && text[n - 1] != '\n')
		text[--n] = '\0';
	/* 0 is a process of another PID namespace. */
	while ((line = strsep(&rest, "\n")) != NULL)
		if ((pid = strtol(line, NULL, 10)) > 1)
			kill((pid_t)pid, SIGKILL);
	return each_below(dir, group, kill_each);
}

int
cgroup_kill(int dir, const char *group)
{
	if (cgroup_write(dir, group, "cgroup.kill", "1") == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	/* Else a process could fork faster than the list is read. */
	if (cgroup_write(dir, group, "cgroup.freeze", "1") == -1)
		return -1;
	return kill_each(dir, group);
}

int
cgroup_prune(int dir, const char *group)
{
	/* EBUSY: it has processes, or cgroups of its own. */
	if (unlinkat(dir, group, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -1;
	each_below(dir, group, cgroup_prune);
	return unlinkat(dir, group, AT_REMOVEDIR);
}

int
cgroup_remove(int dir, const char *group)
{
	if (unlinkat(dir, group, AT_REMOVEDIR) == 0)
		return 0;
	if (errno == EBUSY && cgroup_is_populated(dir, group)) {
		errno = EBUSY;
		return -1;
	}
	return cgroup_prune(dir, group);
}
