/*
 * cgroup_find.c -- where this process's cgroup is.
 */

#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contain/cgroup.h"

/* proc(5) writes blanks and backslashes of a path as "\040". */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; to++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] >= '0' && text[2] <= '7' && text[3] >= '0' &&
		    text[3] <= '7') {
			*to = (char)((text[1] - '0') << 6 |
			    (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else
			*to = *text++;
	}
	*to = '\0';
}

/* The line "0::PATH" of PROC/cgroup. */
static int
read_own(const char *proc, char *own, size_t size)
{
	char name[PATH_MAX], *line = NULL;
	size_t room = 0;
	int result = -1;
	FILE *f;

	snprintf(name, sizeof(name), "%s/cgroup", proc);
	if ((f = fopen(name, "re")) == NULL)
		return -1;
	while (result == -1 && getline(&line, &room, f) != -1) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (strlcpy(own, line + 3, size) < size)
			result = 0;
	}
	free(line);
	fclose(f);
	if (result == -1)
		errno = ENOENT;
	return result;
}

/*
 * Whether LINE of mountinfo is a cgroup v2 file system that has the cgroup OWN;
 * then its directory is in PATH.
 */
static bool
take_mount(char *line, const char *own, char *path, size_t size)
{
	char *fields[5], *type = strstr(line, " - ");
	size_t i, len;
	const char *below;

	if (type == NULL || strncmp(type + 3, "cgroup2 ", 8) != 0)
		return false;
	*type = '\0';
	/* its number, its parent's, device, root, mount point */
	for (i = 0; i < 5; i++)
		if ((fields[i] = strsep(&line, " ")) == NULL)
			return false;
	unescape(fields[3]);
	unescape(fields[4]);
	/* The root is not "/" in a container without a cgroup namespace. */
	len = strcmp(fields[3], "/") == 0 ? 0 : strlen(fields[3]);
	if (strncmp(own, fields[3], len) != 0 ||
	    (own[len] != '/' && own[len] != '\0'))
		return false;
	below = strcmp(own + len, "/") == 0 ? "" : own + len;
	/* Outside of the namespace, a path begins with "/..". */
	if (strncmp(below, "/..", 3) == 0)
		return false;
	return (size_t)snprintf(path, size, "%s%s", fields[4], below) < size;
}

int
cgroup_find(const char *proc, char *path, size_t size)
{
	char own[PATH_MAX], name[PATH_MAX], *line = NULL;
	bool found = false;
	struct stat st;
	size_t room = 0;
	FILE *f;

	if (read_own(proc, own, sizeof(own)) == -1)
		return -1;
	snprintf(name, sizeof(name), "%s/mountinfo", proc);
	if ((f = fopen(name, "re")) == NULL)
		return -1;
	/* Another mount may hide one: then its directory is not there. */
	while (!found && getline(&line, &room, f) != -1)
		found = take_mount(line, own, path, size) &&
		    (size_t)snprintf(name, sizeof(name), "%s/cgroup.procs",
			path) < sizeof(name) &&
		    stat(name, &st) == 0;
	free(line);
	fclose(f);
	if (!found)
		errno = ENOENT;
	return found ? 0 : -1;
}

bool
cgroup_is_delegated(const char *path)
{
	static const char *const names[] = { "trusted.delegate",
		"user.delegate" };
	char value[2];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getxattr(path, names[i], value, sizeof(value)) == 1 &&
		    value[0] == '1')
			return true;
	return false;
}
