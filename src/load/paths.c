/*
 * paths.c -- the program and the directories of a service.
 */

#include "load/paths.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* PATH as it is seen from inside ROOT (NULL: no chroot), checked. */
static void
check_path(struct loader *l, struct service *service,
    const struct origin *origin, const char *name, const char *root,
    const char *path, bool program)
{
	char full[4096];
	struct stat st;

	/* A path that is not absolute is an error already. */
	if (path == NULL || path[0] != '/' || (root != NULL && root[0] != '/'))
		return;
	snprintf(full, sizeof(full), "%s%s", root != NULL ? root : "", path);
	if (stat(full, &st) == -1)
		loader_missing(l, service, origin, "\"%s\": %s: %s", name, full,
		    strerror(errno));
	else if (!program && !S_ISDIR(st.st_mode))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not a directory", name, full);
	else if (program &&
	    (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0 ||
		access(full, X_OK) == -1))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not executable", name, full);
}

void
paths_check(
    struct loader *l, struct service *service, const struct origin *origins)
{
	if (service->chroot != NULL)
		check_path(l, service, ORIGIN("chroot"), "chroot", NULL,
		    service->chroot, false);
	if (service->handler != HANDLER_EXEC &&
	    service->handler != HANDLER_COMMAND)
		return;
	check_path(l, service, ORIGIN("directory"), "directory",
	    service->chroot, service->directory, false);
	if (service->exec != NULL)
		check_path(l, service, ORIGIN("exec"), "exec", service->chroot,
		    service->exec[0], true);
}
