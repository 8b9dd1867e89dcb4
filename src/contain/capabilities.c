#include "contain/capabilities.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <unistd.h>

#include "lib/log.h"

#define CAPABILITIES_MAX 64

/* By their numbers in capabilities(7), which are part of the kernel's ABI. */
static const char *const names[] = { "CAP_CHOWN", "CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE",
	"CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
	"CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
	"CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
	"CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
	"CAP_CHECKPOINT_RESTORE" };

const char *
capability_name(unsigned int number)
{
	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

/* "cannot ACTION CAP_SYS_ADMIN", with errno.  Returns -1. */
static int
fail(const struct service *service, const char *action, unsigned int number)
{
	const char *name = capability_name(number);

	if (name != NULL)
		log_err("%s: cannot %s %s", service->name, action, name);
	else
		log_err("%s: cannot %s capability %u", service->name, action,
		    number);
	return -1;
}

static bool
is_kept(const struct service *service, unsigned int capability)
{
	return service->contained.capabilities >> capability & 1;
}

/*
 * Linux clears the permitted set at the change from root to another user,
 * except with PR_SET_KEEPCAPS; execve(2) resets that.
 */
int
capabilities_drop(const struct service *service)
{
	unsigned int i;

	if (service->contained.capabilities == CAPABILITIES_ALL)
		return 0;
	for (i = 0; i < CAPABILITIES_MAX; i++) {
		if (is_kept(service, i) ||
		    prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL && i > 0)
			break; /* the kernel's last one was before */
		return fail(service, "drop", i);
	}
	if (service->contained.capabilities == 0 ||
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0)
		return 0;
	log_err("%s: cannot keep capabilities", service->name);
	return -1;
}

bool
capabilities_allow_root(const struct service *service)
{
	if (!service->no_new_privileges)
		return true;
	if (service->contained.pool_first != 0)
		return false;
	return service->identity != NULL ? service->identity->uid == 0
					 : geteuid() == 0;
}

uint64_t
capabilities_possible(const struct service *service)
{
	uint64_t set = service->contained.capabilities;

	return set != CAPABILITIES_ALL || capabilities_allow_root(service) ? set
									   : 0;
}

static int
set_capabilities(uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ (uint32_t)permitted, (uint32_t)permitted,
		    (uint32_t)inheritable },
		{ (uint32_t)(permitted >> 32), (uint32_t)(permitted >> 32),
		    (uint32_t)(inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

int
capabilities_limit(uint64_t set)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	return set_capabilities(
	    set & (data[0].permitted | (uint64_t)data[1].permitted << 32), 0);
}

/*
 * A program of another user than root has only ambient capabilities; root's
 * has what the bounding set leaves.
 */
int
capabilities_keep(const struct service *service)
{
	uint64_t set = service->contained.capabilities;
	unsigned int i;

	if (set == CAPABILITIES_ALL || set == 0 || geteuid() == 0)
		return 0;
	if (set_capabilities(set, set) == -1) {
		log_err("%s: cannot keep capabilities", service->name);
		return -1;
	}
	for (i = 0; i < CAPABILITIES_MAX; i++) {
		if (!is_kept(service, i) ||
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) == 0)
			continue;
		return fail(service, "keep", i);
	}
	return 0;
}
