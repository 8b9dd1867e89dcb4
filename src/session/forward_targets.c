#include "session/forward_targets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/privileges.h"
#include "lib/fds.h"
#include "lib/log.h"
#include "session/forward_loop.h"

/*
 * The lowest descriptor of a directory.  A small limit-nofile, which applies
 * later, then still leaves descriptors for sockets and pipes.
 */
#define FIRST_DIRECTORY 16

/* Open the directory of PATH; the last component of PATH becomes T's path. */
static int
open_parent(struct forward_target *t, char *path)
{
	char *slash = strrchr(path, '/');
	char name[NAME_MAX + sizeof("./")];
	int fd, high;

	/* A name that begins with "@" would be an abstract one. */
	snprintf(
	    name, sizeof(name), "%s%s", slash[1] == '@' ? "./" : "", slash + 1);
	slash[slash == path ? 1 : 0] = '\0';
	if ((fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_DIRECTORY);
	close(fd);
	t->path = high == -1 ? NULL : strdup(name);
	return high;
}

/*
 * In the empty root directory, connect(2) can reach a socket only from its
 * directory, and cannot follow a symbolic link to an absolute path.
 */
static void
open_directory(struct forward_target *t)
{
	char *path = realpath(t->text, NULL);

	if (path != NULL)
		t->directory = open_parent(t, path);
	if (t->directory == -1 || t->path == NULL)
		t->error = errno;
	free(path);
}

static void
open_directories(void *arg)
{
	struct forward_targets *t = arg;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (addr_has_path(&t->list[i].addr))
			open_directory(&t->list[i]);
}

static bool
need_directories(const struct forward_targets *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (addr_has_path(&t->list[i].addr))
			return true;
	return false;
}

static void
copy(struct forward_targets *t, const struct session *s)
{
	const struct service *service = s->service;
	size_t i,
	    first = service->forward_policy == FORWARD_ROUND_ROBIN
	    ? s->turn % service->ntargets
	    : 0;
	struct addr *source = NULL;
	const struct target *from;

	t->n = service->ntargets;
	t->list = calloc(t->n, sizeof(*t->list));
	if (t->list == NULL ||
	    (service->source != NULL &&
		(source = malloc(sizeof(*source))) == NULL))
		fatal(EX_OSERR, "%s: cannot copy the targets", service->name);
	for (i = 0; i < t->n; i++) {
		from = &service->targets[(first + i) % t->n];
		t->list[i] = (struct forward_target) { .addr = from->addr,
			.text = strdup(from->text),
			.loop = forward_loop_find(s, from),
			.directory = -1 };
		t->list[i].path = t->list[i].text;
		if (t->list[i].text == NULL)
			fatal(EX_OSERR, "%s: cannot copy the targets",
			    service->name);
	}
	if (source != NULL)
		*source = *service->source;
	t->source = source;
}

void
forward_targets_prepare(struct forward_targets *t, const struct session *s)
{
	const struct service *service = s->service;

	copy(t, s);
	/* With "chroot" the paths are in that directory. */
	if (service->chroot != NULL || !need_directories(t))
		return;
	if (service->identity == NULL)
		open_directories(t);
	else if (privileges_act_as(service->identity, service->name,
		     open_directories, t) == -1)
		_exit(EX_OSERR);
}

void
forward_targets_keep(const struct forward_targets *t, int channel)
{
	int keep[t->n + 1];
	size_t i, n = 0;

	keep[n++] = channel;
	for (i = 0; i < t->n; i++)
		if (t->list[i].directory != -1)
			keep[n++] = t->list[i].directory;
	fds_close_all_but(keep, n);
}
