#include "contain/capabilities.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <unistd.h>

#include "lib/log.h"

#define CAPABILITIES_MAX 64

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
		log_err("%s: cannot drop capability %u", service->name, i);
		return -1;
	}
	if (service->contained.capabilities == 0 ||
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0)
		return 0;
	log_err("%s: cannot keep capabilities", service->name);
	return -1;
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
		log_err("%s: cannot keep capability %u", service->name, i);
		return -1;
	}
	return 0;
}
