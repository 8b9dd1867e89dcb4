#include "contain/privileges.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/keyctl.h>

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <unistd.h>

#include "lib/log.h"

#define OVERFLOW_GROUP 65534 /* /proc/sys/kernel/overflowgid */

/* The first of LIST, from AT on, that is not GID; or N. */
static size_t
next_group(const gid_t *list, size_t n, size_t at, gid_t gid)
{
	while (at < n && list[at] == gid)
		at++;
	return at;
}

/*
 * The kernel returns them sorted, as the configuration does (config.h).  With
 * EITHER, the gid, which gives the same rights, may be among them or not.
 */
static bool
has_groups(const struct identity *id, bool either)
{
	gid_t skip = either ? id->gid : (gid_t)-1;
	int n = getgroups(0, NULL);
	gid_t have[n > 0 ? n : 1];
	size_t i, j;

	if (n < 0 || getgroups(n, have) != n)
		return false;
	for (i = j = 0;; i++, j++) {
		i = next_group(have, (size_t)n, i, skip);
		j = next_group(id->groups, id->ngroups, j, skip);
		if (i == (size_t)n || j == id->ngroups)
			return i == (size_t)n && j == id->ngroups;
		if (have[i] != id->groups[j])
			return false;
	}
}

/*
 * A user namespace may deny setgroups(2) (user_namespaces(7)): no harm where
 * the groups are right already.  The overflow group may stand for any group
 * that the namespace does not map.
 */
static bool
may_keep_groups(const struct identity *id)
{
	size_t i;

	for (i = 0; i < id->ngroups; i++)
		if (id->groups[i] == OVERFLOW_GROUP)
			return false;
	return has_groups(id, true);
}

static bool
has_ids(const struct identity *id)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	return getresuid(&ruid, &euid, &suid) == 0 &&
	    getresgid(&rgid, &egid, &sgid) == 0 && ruid == id->uid &&
	    euid == id->uid && suid == id->uid && rgid == id->gid &&
	    egid == id->gid && sgid == id->gid;
}

/* keyctl_setperm(3): its possessor may view, read and search it. */
#define KEYRING_LOCKED 0x0b000000

int
privileges_new_keyring(bool locked)
{
	long id = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);

	if (id == -1)
		return errno == ENOSYS || errno == EPERM || errno == EDQUOT
		    ? 0
		    : -1;
	return locked
	    ? (int)syscall(SYS_keyctl, KEYCTL_SETPERM, id, KEYRING_LOCKED)
	    : 0;
}

/*
 * Those that set*id(2) does not take and execve(2) would keep: ambient ones (a
 * unit of another user than root may have them) and inheritable ones.  Without
 * inheritable ones there are no ambient ones (capabilities(7)).  Each call that
 * sets some makes the kernel copy all credentials, even if nothing changes.
 */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint32_t inheritable = 0;
	size_t i;

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		inheritable |= data[i].inheritable;
		data[i].inheritable = 0;
	}
	if (inheritable == 0)
		return 0;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		return -1;
	return (int)syscall(SYS_capset, &header, data);
}

int
privileges_become(const struct identity *id, const char *name)
{
	const char *call = NULL;
	bool denied;

	if (drop_capabilities() == -1) {
		log_err("%s: cannot drop capabilities", name);
		return -1;
	}
	if (geteuid() != 0)
		return 0;
	denied = setgroups(id->ngroups, id->groups) == -1;
	if (denied && (errno != EPERM || !may_keep_groups(id)))
		call = "setgroups";
	else if (setresgid(id->gid, id->gid, id->gid) == -1)
		call = "setresgid";
	else if (setresuid(id->uid, id->uid, id->uid) == -1)
		call = "setresuid";
	if (call != NULL) {
		log_err("%s: cannot become %s: %s", name, id->name, call);
		return -1;
	}
	/* Each call succeeded; check what the kernel made of them. */
	if (!has_ids(id) || !has_groups(id, denied)) {
		log_errx(
		    "%s: user or groups are not those of %s", name, id->name);
		return -1;
	}
	if (id->uid != 0 && setresuid((uid_t)-1, 0, (uid_t)-1) != -1) {
		log_errx("%s: can still become root", name);
		return -1;
	}
	return 0;
}

/* Take the effective IDs and the groups of ID.  Returns 0, or -1 (logged). */
static int
take_identity(const struct identity *id, const char *name)
{
	bool denied = setgroups(id->ngroups, id->groups) == -1;
	const char *call = NULL;

	if (denied && (errno != EPERM || !may_keep_groups(id)))
		call = "setgroups";
	else if (setegid(id->gid) == -1)
		call = "setegid";
	else if (seteuid(id->uid) == -1)
		call = "seteuid";
	if (call != NULL) {
		log_err("%s: cannot act as %s: %s", name, id->name, call);
		return -1;
	}
	/* Each call succeeded; check what the kernel made of them. */
	if (geteuid() == id->uid && getegid() == id->gid &&
	    has_groups(id, denied))
		return 0;
	log_errx("%s: user or groups are not those of %s", name, id->name);
	return -1;
}

/* Become root again, with the groups of OWN.  Returns 0, or -1 (logged). */
static int
restore_identity(const struct identity *own, const char *name)
{
	const char *call = NULL;

	if (seteuid(own->uid) == -1)
		call = "seteuid";
	else if (setegid(own->gid) == -1)
		call = "setegid";
	/* Where setgroups is denied, the groups have not changed. */
	else if (setgroups(own->ngroups, own->groups) == -1 && errno != EPERM)
		call = "setgroups";
	if (call != NULL) {
		log_err("%s: cannot become root again: %s", name, call);
		return -1;
	}
	if (geteuid() == own->uid && getegid() == own->gid &&
	    has_groups(own, false))
		return 0;
	log_errx("%s: user or groups are not those of root", name);
	return -1;
}

int
privileges_act_as(const struct identity *id, const char *name,
    void (*act)(void *arg), void *arg)
{
	int n = getgroups(0, NULL);
	gid_t groups[n > 0 ? n : 1];
	const struct identity own = { .uid = 0,
		.gid = getegid(),
		.groups = groups,
		.ngroups = n > 0 ? (size_t)n : 0 };

	if (geteuid() != 0) {
		act(arg);
		return 0;
	}
	if (n < 0 || getgroups(n, groups) != n) {
		log_err("%s: cannot read the groups", name);
		return -1;
	}
	if (take_identity(id, name) == -1)
		return -1;
	act(arg);
	return restore_identity(&own, name);
}
