#include "contain/mounts.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/openat2.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A mount of /proc/self/mountinfo. */
struct mounted {
	char *path;
	char *options; /* of the mount, not of its file system */
};

/* Its options that a change must repeat. */
static const struct {
	const char *word;
	unsigned long flag;
} kept[] = {
	{ "ro", MS_RDONLY },
	{ "nosuid", MS_NOSUID },
	{ "nodev", MS_NODEV },
	{ "noexec", MS_NOEXEC },
	{ "noatime", MS_NOATIME },
	{ "nodiratime", MS_NODIRATIME },
	{ "relatime", MS_RELATIME },
};

/* --- mountinfo --- */

/* "\\040" is a space, for instance. */
static void
unescape(char *text)
{
	char *from = text, *to = text;

	while (*from != '\0') {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' &&
		    from[2] != '\0' && from[3] != '\0') {
			*to++ = (char)((from[1] - '0') * 64 +
			    (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else
			*to++ = *from++;
	}
	*to = '\0';
}

bool
mounts_is_in(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return strcmp(directory, "/") == 0 ||
	    (strncmp(path, directory, n) == 0 &&
		(path[n] == '/' || path[n] == '\0'));
}

static void
free_list(struct mounted *list, size_t n)
{
	while (n-- > 0) {
		free(list[n].path);
		free(list[n].options);
	}
	free(list);
}

/*
 * The mounts at DIRECTORY and below it, in the order in which they were made.
 * Returns how many, in *LIST; or -1 with errno.
 */
static ssize_t
find(const char *directory, struct mounted **list)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	struct mounted m, *grown;
	size_t n = 0, size = 0;
	char *line = NULL;

	*list = NULL;
	if (f == NULL)
		return -1;
	while (getline(&line, &size, f) > 0) {
		if (sscanf(line, "%*s %*s %*s %*s %ms %ms", &m.path,
			&m.options) != 2)
			break;
		unescape(m.path);
		grown = mounts_is_in(m.path, directory)
		    ? reallocarray(*list, n + 1, sizeof(**list))
		    : NULL;
		if (grown == NULL) {
			free(m.path);
			free(m.options);
			continue;
		}
		*list = grown;
		grown[n++] = m;
	}
	free(line);
	fclose(f);
	return (ssize_t)n;
}

static unsigned long
flags_of(char *options)
{
	unsigned long flags = 0;
	char *word;
	size_t i;

	while ((word = strsep(&options, ",")) != NULL)
		for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (strcmp(word, kept[i].word) == 0)
				flags |= kept[i].flag;
	return flags;
}

/* --- before Linux 5.12, and for a root without a parent before 6.8 --- */

static int
protect_each(const char *path, bool below)
{
	struct mounted *list;
	ssize_t n = find(path, &list), i;
	int result = n > 0 ? 0 : -1;

	for (i = 0; i < n && result == 0; i++)
		if (below || strcmp(list[i].path, path) == 0)
			result = mount(NULL, list[i].path, NULL,
			    MS_BIND | MS_REMOUNT | MS_RDONLY |
				flags_of(list[i].options),
			    NULL);
	if (n == 0)
		errno = EINVAL;
	else if (n > 0)
		free_list(list, (size_t)n);
	return result;
}

int
mounts_protect(const char *path, bool below)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (syscall(SYS_mount_setattr, AT_FDCWD, path,
		AT_SYMLINK_NOFOLLOW | (below ? AT_RECURSIVE : 0), &attr,
		sizeof(attr)) == 0)
		return 0;
	return protect_each(path, below);
}

/* --- by descriptor --- */

/* Nothing in PATH may have become a link since it was looked up. */
static int
open_path(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static void
close_keeping_errno(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

int
mounts_copy(const char *path)
{
	int fd = open_path(path), copy;

	if (fd == -1)
		return -1;
	copy = open_tree(fd, "",
	    AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	close_keeping_errno(fd);
	return copy;
}

int
mounts_make(const char *type, const char *const *options, unsigned int flags)
{
	int fs = fsopen(type, FSOPEN_CLOEXEC), made = -1;

	if (fs == -1)
		return -1;
	for (; *options != NULL; options += 2)
		if (fsconfig(fs, FSCONFIG_SET_STRING, options[0], options[1],
			0) == -1)
			break;
	if (*options == NULL &&
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		made = fsmount(fs, FSMOUNT_CLOEXEC, flags);
	close_keeping_errno(fs);
	return made;
}

int
mounts_attach_at(int mount, int dir, const char *name)
{
	return move_mount(mount, "", dir, name,
	    MOVE_MOUNT_F_EMPTY_PATH |
		(name[0] == '\0' ? MOVE_MOUNT_T_EMPTY_PATH : 0));
}

int
mounts_attach(int mount, const char *path)
{
	int fd, result;

	mounts_drop(path);
	if ((fd = open_path(path)) == -1)
		return -1;
	result = mounts_attach_at(mount, fd, "");
	close_keeping_errno(fd);
	return result;
}

void
mounts_drop(const char *path)
{
	struct mounted *list;
	ssize_t n = find(path, &list);
	size_t i;

	if (n <= 0)
		return;
	for (i = (size_t)n; i-- > 0;)
		umount2(list[i].path, MNT_DETACH | UMOUNT_NOFOLLOW);
	free_list(list, (size_t)n);
}
