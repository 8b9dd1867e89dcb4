#include "contain/tree.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contain/contain.h"
#include "contain/mounts.h"
#include "contain/tree_device.h"
#include "contain/tree_plan.h"
#include "lib/number.h"

/* --- which services share one --- */

static bool
is_list(const char *const *list)
{
	return list != NULL && list[0] != NULL;
}

bool
tree_is_wanted(const struct service *s)
{
	return s->private_tmp || s->private_devices || s->private_pids ||
	    s->protect_system != PROTECT_SYSTEM_NO ||
	    s->protect_home != PROTECT_HOME_NO || is_list(s->read_only_paths) ||
	    is_list(s->read_write_paths) || is_list(s->inaccessible_paths) ||
	    is_list(s->bind_paths) || is_list(s->bind_read_only_paths);
}

static bool
is_same_list(const char *const *a, const char *const *b)
{
	if (a == b || !is_list(a) || !is_list(b))
		return is_list(a) == is_list(b);
	while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return *a == NULL && *b == NULL;
}

bool
tree_is_same(const struct service *a, const struct service *b)
{
	return a->private_tmp == b->private_tmp &&
	    a->private_devices == b->private_devices &&
	    a->private_pids == b->private_pids &&
	    a->private_network == b->private_network &&
	    /* /sys lets a privileged session change the shared network. */
	    contain_shares_network(a) == contain_shares_network(b) &&
	    a->protect_system == b->protect_system &&
	    a->protect_home == b->protect_home &&
	    is_same_list(a->read_only_paths, b->read_only_paths) &&
	    is_same_list(a->read_write_paths, b->read_write_paths) &&
	    is_same_list(a->inaccessible_paths, b->inaccessible_paths) &&
	    is_same_list(a->bind_paths, b->bind_paths) &&
	    is_same_list(a->bind_read_only_paths, b->bind_read_only_paths);
}

/* --- what is mounted --- */

/* Write errno, which STEP is the reason of, to WHY.  Returns -1. */
static int
fail(const struct tree_step *step, char why[TREE_WHY_MAX])
{
	bool source = step->kind == TREE_BIND && step->mount == -1;

	snprintf(why, TREE_WHY_MAX, "\"%s\": cannot mount %s%s: %s",
	    step->setting, source ? "" : "over ",
	    source ? step->source : step->path, strerror(errno));
	return -1;
}

/* An empty directory with MODE, and the FLAG of a mount. */
static int
make_empty(const char *mode, unsigned int flag)
{
	const char *const options[] = { "mode", mode, "size", "64k",
		"nr_inodes", "1k", NULL };

	return mounts_make("tmpfs", options, MOUNT_ATTR_NOSUID | flag);
}

/*
 * A file that cannot be opened, for STEP.  Only a mount that is attached can be
 * copied, so it is attached for that time where any mount point will do.
 */
static int
make_hidden_file(void)
{
	int fs = make_empty("700", MOUNT_ATTR_NODEV), file = -1, fd;

	if (fs == -1)
		return -1;
	if (mounts_attach_at(fs, AT_FDCWD, "/proc") == 0) {
		fd = openat(
		    fs, "file", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0);
		file =
		    open_tree(fs, "file", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (fd != -1)
			close(fd);
		umount2("/proc", MNT_DETACH);
	}
	close(fs);
	return file;
}

/*
 * Sysfs shows the network devices of the process that mounts it.  In a
 * user namespace it may not be possible; then names of devices can be seen.
 */
static int
make_sys(const struct tree_step *step)
{
	static const char *const none[] = { NULL };
	int fs = mounts_make("sysfs", none,
	    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	return fs != -1 ? fs : mounts_copy(step->path);
}

/* What STEP is going to mount, from the files that are still there. */
static int
prepare(const struct tree_plan *plan, struct tree_step *step)
{
	const struct tree_step *above = tree_plan_above(plan, step);

	switch (step->kind) {
	case TREE_HIDE:
		step->mount = !step->directory
		    ? make_hidden_file()
		    : make_empty(step->below ? "755" : "0", MOUNT_ATTR_NODEV);
		break;
	case TREE_EMPTY:
		step->mount = make_empty("755", MOUNT_ATTR_NODEV);
		break;
	case TREE_BIND:
		step->mount = mounts_copy(step->source);
		break;
	case TREE_DEV:
		step->mount = make_empty("755", MOUNT_ATTR_NOEXEC);
		break;
	case TREE_SYS:
		step->mount = make_sys(step);
		break;
	case TREE_READ_ONLY:
		/* The root cannot be replaced; for a bind see attach. */
		if (strcmp(step->path, "/") == 0 ||
		    (above != NULL && above->kind == TREE_BIND))
			return 0;
		step->mount = mounts_copy(step->path);
		break;
	case TREE_READ_WRITE:
		step->mount = mounts_copy(step->path);
		break;
	}
	return step->mount == -1 ? -1 : 0;
}

/* Make the mount point PATH with all above it, where a step made a directory.
 */
static int
make_mount_point(const struct tree_step *step)
{
	char path[PATH_MAX], *slash;
	int fd;

	if (access(step->path, F_OK) == 0)
		return 0;
	strlcpy(path, step->path, sizeof(path));
	for (slash = path; (slash = strchr(slash + 1, '/')) != NULL;
	     *slash = '/') {
		*slash = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			return -1;
	}
	if (step->directory)
		return mkdir(path, 0755);
	fd = open(
	    path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd != -1)
		close(fd);
	return fd == -1 ? -1 : 0;
}

/* A directory of the tree alone, in which mount points may be made. */
static bool
is_made(const struct tree_step *step)
{
	return step != NULL &&
	    ((step->kind == TREE_HIDE && step->directory) ||
		step->kind == TREE_EMPTY || step->kind == TREE_DEV);
}

/* Whether PATH does not exist, or is an empty directory. */
static bool
is_nothing(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (dir == NULL)
		return errno == ENOENT;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			break;
	closedir(dir);
	return entry == NULL;
}

static int
attach(const struct tree_plan *plan, struct tree_step *step)
{
	const struct tree_step *above = tree_plan_above(plan, step);

	/* What the host has mounted in /sys is not in a new one. */
	if (step->kind == TREE_HIDE && above != NULL &&
	    above->kind == TREE_SYS && is_nothing(step->path)) {
		close(step->mount);
		step->mount = -1;
		return 0;
	}
	if (step->mount == -1 && strcmp(step->path, "/") != 0)
		step->mount = mounts_copy(step->path);
	if (is_made(above) && make_mount_point(step) == -1)
		return -1;
	if (step->mount != -1 && mounts_attach(step->mount, step->path) == -1)
		return -1;
	if (step->kind == TREE_READ_ONLY || step->read_only)
		return mounts_protect(step->path, true);
	return 0;
}

/* When all mount points have been made. */
static int
finish(const struct tree_step *step)
{
	return step->mount != -1 && (step->kind == TREE_HIDE || is_made(step))
	    ? mounts_protect(step->path, false)
	    : 0;
}

static int
mount_all(const struct tree_plan *plan, const struct service *service,
    char why[TREE_WHY_MAX])
{
	struct tree_device device;
	size_t i;

	tree_device_prepare(&device, service);
	for (i = 0; i < plan->n; i++)
		if (prepare(plan, &plan->list[i]) == -1)
			return fail(&plan->list[i], why);
	for (i = 0; i < plan->n; i++)
		if (attach(plan, &plan->list[i]) == -1 ||
		    (plan->list[i].kind == TREE_DEV &&
			tree_device_fill(&device, plan->list[i].mount) == -1))
			return fail(&plan->list[i], why);
	for (i = plan->n; i-- > 0;)
		if (finish(&plan->list[i]) == -1)
			return fail(&plan->list[i], why);
	return 0;
}

/* --- the namespace --- */

/* Whether this process is in the first user namespace. */
static bool
is_in_first_user_namespace(void)
{
	static const uint64_t all[] = { 0, 0, UINT32_MAX };
	FILE *f = fopen("/proc/self/uid_map", "re");
	char line[64];
	const char *text = line;
	bool first;
	uint64_t n;
	size_t i;

	if (f == NULL)
		return false;
	first = fgets(line, sizeof(line), f) != NULL;
	fclose(f);
	for (i = 0; first && i < sizeof(all) / sizeof(all[0]); i++) {
		text += strspn(text, " ");
		first = number_read(&text, UINT32_MAX, &n) && n == all[i];
	}
	return first;
}

/*
 * Take out what each session covers with mounts of its own.  In a user
 * namespace, Linux allows a new /proc only beside another one.
 */
static void
drop_covered(const struct service *service)
{
	if (service->private_tmp) {
		mounts_drop("/tmp");
		mounts_drop("/var/tmp");
		if (!service->private_devices)
			mounts_drop("/dev/shm");
	}
	if (service->private_pids && is_in_first_user_namespace())
		mounts_drop("/proc");
}

static enum tree_result
in_chroot(char why[TREE_WHY_MAX])
{
	snprintf(why, TREE_WHY_MAX,
	    "cannot use mount namespaces: haild runs in a chroot");
	return TREE_DENIED;
}

static enum tree_result
denied(const char *what, char why[TREE_WHY_MAX])
{
	snprintf(why, TREE_WHY_MAX, "cannot create a %s namespace: %s%s", what,
	    strerror(errno), errno == EPERM ? " (needs CAP_SYS_ADMIN)" : "");
	return TREE_DENIED;
}

/* The number of the mount tells a bind mount of "/" from it, since 5.8. */
static int
read_root(struct statx *st)
{
	return statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, st);
}

/*
 * A new namespace.  setns(2) enters its root, which is not this process's in a
 * chroot.
 */
static enum tree_result
create_namespace(int *ns, char why[TREE_WHY_MAX])
{
	struct statx before = { 0 }, after = { 0 };

	if (unshare(CLONE_NEWNS) == -1)
		return denied("mount", why);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return errno == EINVAL ? in_chroot(why) : denied("mount", why);
	*ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (*ns == -1 || read_root(&before) == -1 ||
	    setns(*ns, CLONE_NEWNS) == -1 || read_root(&after) == -1)
		return denied("mount", why);
	return before.stx_dev_major == after.stx_dev_major &&
		before.stx_dev_minor == after.stx_dev_minor &&
		before.stx_ino == after.stx_ino &&
		before.stx_mnt_id == after.stx_mnt_id
	    ? TREE_BUILT
	    : in_chroot(why);
}

enum tree_result
tree_build(
    const struct service *service, int network, int *ns, char why[TREE_WHY_MAX])
{
	enum tree_result result;
	struct tree_plan plan;

	umask(0);
	if ((result = create_namespace(ns, why)) != TREE_BUILT)
		return result;
	if (service->private_network &&
	    (network != -1 ? setns(network, CLONE_NEWNET)
			   : unshare(CLONE_NEWNET)) == -1)
		return denied("network", why);
	if (tree_plan_make(&plan, service, why) == -1 ||
	    mount_all(&plan, service, why) == -1)
		return TREE_WRONG;
	drop_covered(service);
	return TREE_BUILT;
}
