#include "load/lookup.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"
#include "load/memory.h"

#define ENTRY_MAX ((size_t)16 << 20) /* a group of 100,000 members has less */
#define ID_MAX (UINT32_MAX - 1)	     /* of users and groups */
#define GROUPS_MAX 65536 /* NGROUPS_MAX: setgroups(2) takes no more */

/*
 * What the functions of libc return, for one that found an entry or not: some
 * databases report an error where there is no entry (getpwnam(3)).
 */
static int
outcome(int error, const void *entry)
{
	if (entry != NULL)
		return 1;
	if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF ||
	    error == EPERM)
		return 0;
	errno = error;
	return -1;
}

static int
find_user(const char *name, uid_t uid, struct user *user)
{
	/* cppcheck-suppress ctuuninitvar ; it is filled below */
	char *text = user->text;
	struct passwd entry, *found = NULL;
	int error = name != NULL
	    ? getpwnam_r(name, &entry, text, sizeof(user->text), &found)
	    : getpwuid_r(uid, &entry, text, sizeof(user->text), &found);

	if (found != NULL) {
		user->name = found->pw_name;
		user->home = found->pw_dir;
		user->shell = found->pw_shell;
		user->uid = found->pw_uid;
		user->gid = found->pw_gid;
	}
	return outcome(error, found);
}

int
lookup_user(const char *name, uid_t uid, struct user *user)
{
	int found = find_user(name, uid, user);
	uint64_t number;

	if (found == 0 && name != NULL &&
	    number_parse_unsigned(name, ID_MAX, &number))
		found = find_user(NULL, (uid_t)number, user);
	return found;
}

/* The group NAME, or if that is NULL, NUMBER. */
static int
find_group(const char *name, gid_t number, gid_t *gid)
{
	struct group entry, *found = NULL;
	size_t size = 4096;
	char *text = NULL;
	int error;

	do {
		size *= 4;
		text = memory_resize(text, size, 1);
		error = name != NULL
		    ? getgrnam_r(name, &entry, text, size, &found)
		    : getgrgid_r(number, &entry, text, size, &found);
	} while (error == ERANGE && size < ENTRY_MAX);
	if (found != NULL)
		*gid = found->gr_gid;
	free(text);
	return outcome(error, found);
}

int
lookup_group(const char *name, gid_t *gid)
{
	int found = find_group(name, 0, gid);
	uint64_t number;

	if (found == 0 && number_parse_unsigned(name, ID_MAX, &number))
		found = find_group(NULL, (gid_t)number, gid);
	return found;
}

int
lookup_groups(const char *name, gid_t gid, gid_t **list, size_t *n)
{
	int count = 64;

	*list = memory_resize(NULL, (size_t)count, sizeof(**list));
	while (getgrouplist(name, gid, *list, &count) == -1) {
		if (count > GROUPS_MAX) {
			free(*list);
			errno = E2BIG;
			return -1;
		}
		*list = memory_resize(*list, (size_t)count, sizeof(**list));
	}
	*n = (size_t)count;
	return 1;
}

int
lookup_port(const char *name, bool dgram, unsigned int *port)
{
	struct servent entry, *found = NULL;
	char text[16384];
	int error = getservbyname_r(
	    name, dgram ? "udp" : "tcp", &entry, text, sizeof(text), &found);

	if (found != NULL)
		*port = ntohs((in_port_t)found->s_port);
	return outcome(error, found);
}

/* hosts(5) may name one address twice. */
static void
add_address(const struct addrinfo *ai, struct addr **list, size_t *n)
{
	struct addr a;
	size_t i;

	if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
		return;
	memset(&a, 0, sizeof(a));
	memcpy(&a.sa, ai->ai_addr, ai->ai_addrlen);
	a.len = ai->ai_addrlen;
	for (i = 0; i < *n; i++)
		if (addr_equal(&(*list)[i], &a))
			return;
	*list = memory_resize(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = a;
}

int
lookup_host(const char *name, struct addr **list, size_t *n, const char **why)
{
	/* Not AI_ADDRCONFIG: it would hide ::1 on a host without a network. */
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all, *ai;
	int error;

	*list = NULL;
	*n = 0;
	*why = gai_strerror(EAI_NODATA);
	if ((error = getaddrinfo(name, NULL, &hints, &all)) != 0) {
		*why = error == EAI_SYSTEM ? strerrordesc_np(errno)
					   : gai_strerror(error);
		return error == EAI_NONAME || error == EAI_NODATA ||
			error == EAI_ADDRFAMILY
		    ? 0
		    : -1;
	}
	for (ai = all; ai != NULL; ai = ai->ai_next)
		add_address(ai, list, n);
	freeaddrinfo(all);
	return *n > 0;
}
