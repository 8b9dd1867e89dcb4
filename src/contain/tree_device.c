#include "contain/tree_device.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contain/mounts.h"

static const struct {
	const char *name;
	unsigned int major, minor;
} nodes[TREE_DEVICES] = {
	{ "null", 1, 3 },
	{ "zero", 1, 5 },
	{ "full", 1, 7 },
	{ "random", 1, 8 },
	{ "urandom", 1, 9 },
	{ "tty", 5, 0 },
};

static const struct {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

void
tree_device_prepare(struct tree_device *device, const struct service *service)
{
	char path[32];
	ssize_t n;
	size_t i;

	memset(device, 0, sizeof(*device));
	device->shm = -1;
	for (i = 0; i < TREE_DEVICES; i++)
		device->nodes[i] = -1;
	if (!service->private_devices)
		return;
	for (i = 0; i < TREE_DEVICES; i++) {
		snprintf(path, sizeof(path), "/dev/%s", nodes[i].name);
		device->nodes[i] = mounts_copy(path);
	}
	device->private_shm = service->private_tmp;
	device->private_terminals =
	    service->private_tmp || service->private_pids;
	if (!device->private_shm)
		device->shm = mounts_copy("/dev/shm");
	/* A link to a socket of the journal in /run. */
	n = readlink("/dev/log", device->log, sizeof(device->log) - 1);
	device->log[n > 0 ? n : 0] = '\0';
}

/*
 * A node of its own; or the host's, where none may be made (a container): then
 * it costs each session the copy of a mount.
 */
static int
fill_node(const struct tree_device *device, size_t i, int dir)
{
	dev_t id = makedev(nodes[i].major, nodes[i].minor);
	const char *name = nodes[i].name;
	int fd;

	if (mknodat(dir, name, S_IFCHR | 0666, id) == 0)
		return 0;
	if (device->nodes[i] == -1)
		return -1;
	fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	close(fd);
	return mounts_attach_at(device->nodes[i], dir, name);
}

/* Make the directory NAME, with MOUNT on it unless that is -1. */
static int
fill_directory(int dir, const char *name, int mount, mode_t mode)
{
	if (mkdirat(dir, name, mode) == -1)
		return -1;
	return mount == -1 ? 0 : mounts_attach_at(mount, dir, name);
}

static int
make_terminals(void)
{
	static const char *const options[] = { "ptmxmode", "0666", "mode",
		"0600", NULL };

	return mounts_make(
	    "devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

int
tree_device_fill(const struct tree_device *device, int dir)
{
	int shm = device->shm, terminals = -1;
	static const char *const options[] = { "mode", "1777", NULL };
	size_t i;

	for (i = 0; i < TREE_DEVICES; i++)
		if (fill_node(device, i, dir) == -1)
			return -1;
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i].to, dir, links[i].name) == -1)
			return -1;
	if (device->log[0] != '\0' && symlinkat(device->log, dir, "log") == -1)
		return -1;
	/* A host without /dev/shm. */
	if (shm == -1 && !device->private_shm &&
	    (shm = mounts_make(
		 "tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)) == -1)
		return -1;
	if (!device->private_terminals && (terminals = make_terminals()) == -1)
		return -1;
	return fill_directory(dir, "pts", terminals, 0755) == -1 ||
		fill_directory(dir, "shm", shm, 0755) == -1
	    ? -1
	    : 0;
}
