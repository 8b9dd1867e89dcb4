#include "contain/privileges.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/keyctl.h>

#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include "lib/log.h"

/* The kernel returns them sorted, as the configuration does (config.h). */
static bool
has_groups(const struct identity *id)
{
	int n = getgroups(0, NULL), i;
	gid_t have[n > 0 ? n : 1];

	if (n < 0 || (size_t)n != id->ngroups || getgroups(n, have) != n)
		return false;
	for (i = 0; i < n; i++)
		if (have[i] != id->groups[i])
			return false;
	return true;
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
 * unit of another user than root may have them) and inheritable ones.
 */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	size_t i;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		return -1;
	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].inheritable = 0;
	return (int)syscall(SYS_capset, &header, data);
}

int
privileges_become(const struct identity *id, const char *name)
{
	const char *call = NULL;

	if (drop_capabilities() == -1) {
		log_err("%s: cannot drop capabilities", name);
		return -1;
	}
	if (geteuid() != 0)
		return 0;
	if (setgroups(id->ngroups, id->groups) == -1)
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
	if (!has_ids(id) || !has_groups(id)) {
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
