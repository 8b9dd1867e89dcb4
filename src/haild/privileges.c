/*
 * privileges.c -- become another user, and be sure of it.
 */

#include "privileges.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/keyctl.h>

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static int
compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return x < y ? -1 : x > y;
}

/* Sort and drop what stands twice; returns how many are left. */
static size_t
sort_groups(gid_t *list, size_t n)
{
	size_t i, kept = 0;

	qsort(list, n, sizeof(*list), compare_gids);
	for (i = 0; i < n; i++)
		if (kept == 0 || list[kept - 1] != list[i])
			list[kept++] = list[i];
	return kept;
}

static bool
has_groups(const struct identity *id)
{
	int n = getgroups(0, NULL);
	gid_t have[n > 0 ? n : 1], want[id->ngroups > 0 ? id->ngroups : 1];
	size_t nhave, nwant;

	if (n < 0 || getgroups(n, have) != n)
		return false;
	nhave = sort_groups(have, (size_t)n);
	if (id->ngroups > 0)
		memcpy(want, id->groups, id->ngroups * sizeof(*want));
	nwant = sort_groups(want, id->ngroups);
	return nhave == nwant && memcmp(have, want, nhave * sizeof(*have)) == 0;
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

/*
 * What set*id(2) leaves behind: the keyring of whoever started haild, which
 * gives its keys to who possesses it, and the capabilities that survive
 * execve(2): ambient ones (a unit that is not root's may have them), and
 * inheritable ones.
 */
static int
drop_inheritance(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	size_t i;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) == -1 &&
	    errno != ENOSYS && errno != EPERM && errno != EDQUOT)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		return -1;
	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].inheritable = 0;
	return (int)syscall(SYS_capset, &header, data);
}

int
privileges_become(const struct identity *id, const char *who)
{
	const char *call = NULL;

	if (drop_inheritance() == -1) {
		log_err("%s: cannot drop keyring and capabilities", who);
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
		log_err("%s: cannot become %s: %s", who, id->name, call);
		return -1;
	}
	/* Each call said yes; believe what the kernel shows, not that. */
	if (!has_ids(id) || !has_groups(id)) {
		log_errx("%s: is not %s after becoming it", who, id->name);
		return -1;
	}
	if (id->uid != 0 && setresuid((uid_t)-1, 0, (uid_t)-1) != -1) {
		log_errx("%s: could become root again", who);
		return -1;
	}
	return 0;
}

int
privileges_confine(const char *who)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1) {
		log_err("%s: prctl", who);
		return -1;
	}
	return 0;
}
