/*
 * check_lookup.c -- what libc answers about users, groups, ports and hosts.
 */

#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/lookup.h"

/* What the functions of libc, which the ones below replace, are to return. */
static int error;
static bool exists;
static bool by_number; /* there are only entries for numbers */
static char asked[64];
static size_t needed; /* bytes of memory for an entry */
static int ngroups;
static const char *addresses; /* separated by blanks */

static int
answer(const char *database, const char *key, size_t size)
{
	snprintf(asked, sizeof(asked), "%s %s", database, key);
	return size < needed ? ERANGE : error;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *buf, size_t size,
    struct passwd **found)
{
	static char home[] = "/home/al", shell[] = "/bin/sh";
	int result = answer("passwd", name, size);

	*found = NULL;
	if (result != 0 || !exists)
		return result;
	*entry = (struct passwd) { .pw_name = buf,
		.pw_uid = 1000,
		.pw_gid = 100,
		.pw_dir = home,
		.pw_shell = shell };
	strlcpy(buf, name, size);
	*found = entry;
	return 0;
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *buf, size_t size,
    struct passwd **found)
{
	char key[16];
	int result;

	snprintf(key, sizeof(key), "%u", uid);
	exists |= by_number;
	result = getpwnam_r(key, entry, buf, size, found);
	exists &= !by_number;
	return result;
}

int
getgrnam_r(const char *name, struct group *entry, char *buf, size_t size,
    struct group **found)
{
	int result = answer("group", name, size);

	*found = NULL;
	if (result != 0 || !exists)
		return result;
	memset(buf, 'x', size); /* all of it may be written to */
	entry->gr_gid = 10;
	*found = entry;
	return 0;
}

int
getgrgid_r(gid_t gid, struct group *entry, char *buf, size_t size,
    struct group **found)
{
	char key[16];
	int result;

	snprintf(key, sizeof(key), "#%u", gid);
	exists |= by_number;
	result = getgrnam_r(key, entry, buf, size, found);
	exists &= !by_number;
	if (*found != NULL)
		entry->gr_gid = gid;
	return result;
}

int
getgrouplist(const char *name, gid_t gid, gid_t *list, int *n)
{
	int room = *n, i;

	answer("groups", name, needed);
	*n = ngroups;
	for (i = 0; i < room && i < ngroups; i++)
		list[i] = i == 0 ? gid : (gid_t)(4294967294 - i);
	return room < ngroups ? -1 : ngroups;
}

int
getservbyname_r(const char *name, const char *protocol, struct servent *entry,
    char *buf __attribute__((unused)), size_t size, struct servent **found)
{
	int result = answer(protocol, name, size);

	*found = NULL;
	if (result != 0 || !exists)
		return result;
	entry->s_port = htons(65535);
	*found = entry;
	return 0;
}

/* One entry each for the kinds of sockets that libc would know. */
int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **all)
{
	char *texts = strdup(addresses), *rest = texts, *text;
	struct addrinfo *ai, **end = all;
	struct addr a;

	answer("hosts", name, needed);
	ck_assert_ptr_null(service);
	ck_assert_int_eq(hints->ai_flags, 0); /* no AI_ADDRCONFIG */
	ck_assert_int_eq(hints->ai_family, AF_UNSPEC);
	ck_assert_int_eq(hints->ai_socktype, SOCK_STREAM);
	*all = NULL;
	while (error == 0 && (text = strsep(&rest, " ")) != NULL) {
		ck_assert_int_eq(addr_from_numeric(&a, text, 0), 0);
		ai = calloc(1, sizeof(*ai) + sizeof(a));
		ai->ai_family = a.sa.sa_family;
		ai->ai_addrlen = a.len;
		ai->ai_addr = memcpy(ai + 1, &a.sa, a.len);
		*end = ai;
		end = &ai->ai_next;
	}
	free(texts);
	if (error == EAI_SYSTEM)
		errno = EMFILE;
	return error;
}

void
freeaddrinfo(struct addrinfo *all)
{
	struct addrinfo *next;

	for (; all != NULL; all = next) {
		next = all->ai_next;
		free(all);
	}
}

static void
enter(void)
{
	error = 0;
	exists = true;
	by_number = false;
	needed = 0;
}

START_TEST(a_user)
{
	static struct user u;

	ck_assert_int_eq(lookup_user("al", 0, &u), 1);
	ck_assert_str_eq(asked, "passwd al");
	ck_assert_str_eq(u.name, "al");
	ck_assert_uint_eq(u.uid, 1000);
	ck_assert_uint_eq(u.gid, 100);
	ck_assert_str_eq(u.home, "/home/al");
	ck_assert_str_eq(u.shell, "/bin/sh");
	ck_assert_int_eq(lookup_user(NULL, 1000, &u), 1);
	ck_assert_str_eq(asked, "passwd 1000");
	exists = false;
	ck_assert_int_eq(lookup_user("al", 0, &u), 0);
	ck_assert_int_eq(lookup_user(NULL, 1, &u), 0);
	ck_assert_int_eq(lookup_user("0", 0, &u), 0);
}
END_TEST

/* Digits are first a name, then a number, for which there must be an entry. */
START_TEST(names_of_digits)
{
	static const char *const names[] = { "4294967295", "01", "-1", "+1",
		"1 ", " 1", "0x1", "", "al", "99999999999999999999" };
	static struct user u;
	size_t i;
	gid_t gid;

	ck_assert_int_eq(lookup_user("4711", 0, &u), 1);
	ck_assert_str_eq(asked, "passwd 4711");
	ck_assert_uint_eq(u.uid, 1000); /* the one of that name */
	ck_assert_int_eq(lookup_group("4711", &gid), 1);
	ck_assert_str_eq(asked, "group 4711");
	ck_assert_uint_eq(gid, 10);
	exists = false;
	ck_assert_int_eq(lookup_group("4711", &gid), 0);
	ck_assert_str_eq(asked, "group #4711");
	by_number = true;
	ck_assert_int_eq(lookup_user("4294967294", 0, &u), 1);
	ck_assert_str_eq(asked, "passwd 4294967294");
	ck_assert_int_eq(lookup_group("4294967294", &gid), 1);
	ck_assert_uint_eq(gid, 4294967294);
	for (i = 0; i < COUNT(names); i++) {
		ck_assert_int_eq(lookup_user(names[i], 0, &u), 0);
		ck_assert_int_eq(lookup_group(names[i], &gid), 0);
	}
	/* not if the name could not be asked for */
	error = EIO;
	ck_assert_int_eq(lookup_group("4711", &gid), -1);
	ck_assert_str_eq(asked, "group 4711");
}
END_TEST

/* getpwnam(3), "the given name or uid was not found". */
START_TEST(some_errors_say_that_there_is_none)
{
	static const int none[] = { ENOENT, ESRCH, EBADF, EPERM };
	static const int errors[] = { EIO, EMFILE, ENFILE, ENOMEM, EAGAIN };
	static struct user u;
	unsigned int port;
	size_t i;
	gid_t gid;

	for (i = 0; i < COUNT(none); i++) {
		error = none[i];
		ck_assert_int_eq(lookup_user("al", 0, &u), 0);
		ck_assert_int_eq(lookup_user(NULL, 1, &u), 0);
		ck_assert_int_eq(lookup_group("al", &gid), 0);
		ck_assert_int_eq(lookup_port("al", false, &port), 0);
	}
	for (i = 0; i < COUNT(errors); i++) {
		error = errors[i];
		errno = 0;
		ck_assert_int_eq(lookup_user("al", 0, &u), -1);
		ck_assert_int_eq(errno, error);
		ck_assert_int_eq(lookup_user(NULL, 1, &u), -1);
		errno = 0;
		ck_assert_int_eq(lookup_group("al", &gid), -1);
		ck_assert_int_eq(errno, error);
		errno = 0;
		ck_assert_int_eq(lookup_port("al", false, &port), -1);
		ck_assert_int_eq(errno, error);
	}
}
END_TEST

START_TEST(a_group)
{
	gid_t gid = 0;

	ck_assert_int_eq(lookup_group("wheel", &gid), 1);
	ck_assert_str_eq(asked, "group wheel");
	ck_assert_uint_eq(gid, 10);
	exists = false;
	ck_assert_int_eq(lookup_group("wheel", &gid), 0);
}
END_TEST

/* A group may have any number of members, within reason. */
START_TEST(a_large_entry)
{
	static struct user u;
	gid_t gid = 0;

	needed = (size_t)4 << 20;
	ck_assert_int_eq(lookup_group("wheel", &gid), 1);
	ck_assert_uint_eq(gid, 10);
	ck_assert_int_eq(lookup_user("al", 0, &u), -1);
	ck_assert_int_eq(errno, ERANGE);
	needed = (size_t)1 << 30;
	errno = 0;
	ck_assert_int_eq(lookup_group("wheel", &gid), -1);
	ck_assert_int_eq(errno, ERANGE);
}
END_TEST

START_TEST(the_groups_of_a_user)
{
	static const int counts[] = { 1, 2, 64, 65, 5000 };
	gid_t *list;
	size_t n, i;

	for (i = 0; i < COUNT(counts); i++) {
		ngroups = counts[i];
		ck_assert_int_eq(lookup_groups("al", 7, &list, &n), 1);
		ck_assert_str_eq(asked, "groups al");
		ck_assert_uint_eq(n, (size_t)ngroups);
		ck_assert_uint_eq(list[0], 7);
		if (n > 1)
			ck_assert_uint_eq(
			    list[n - 1], 4294967294 - (gid_t)(n - 1));
		free(list);
	}
	ngroups = 65537; /* NGROUPS_MAX and one more */
	ck_assert_int_eq(lookup_groups("al", 7, &list, &n), -1);
	ck_assert_int_eq(errno, E2BIG);
}
END_TEST

START_TEST(a_port)
{
	unsigned int port = 0;

	ck_assert_int_eq(lookup_port("domain", true, &port), 1);
	ck_assert_str_eq(asked, "udp domain");
	ck_assert_uint_eq(port, 65535);
	ck_assert_int_eq(lookup_port("www", false, &port), 1);
	ck_assert_str_eq(asked, "tcp www");
	exists = false;
	ck_assert_int_eq(lookup_port("www", false, &port), 0);
}
END_TEST

START_TEST(a_host)
{
	char text[ADDR_TEXT_MAX];
	const char *why;
	struct addr *list;
	size_t n;

	addresses = "192.0.2.7 2001:db8::7 192.0.2.7 fe80::1%3";
	ck_assert_int_eq(lookup_host("a.example", &list, &n, &why), 1);
	ck_assert_str_eq(asked, "hosts a.example");
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(
	    addr_print(&list[0], text, sizeof(text)), "192.0.2.7:0");
	ck_assert_str_eq(
	    addr_print(&list[1], text, sizeof(text)), "[2001:db8::7]:0");
	ck_assert_uint_eq(list[2].in6.sin6_scope_id, 3);
	free(list);
}
END_TEST

START_TEST(no_host)
{
	static const struct {
		int error, found;
		const char *why;
	} cases[] = {
		{ EAI_NONAME, 0, "Name or service not known" },
		{ EAI_NODATA, 0, "No address associated with hostname" },
		{ EAI_AGAIN, -1, "Temporary failure in name resolution" },
		{ EAI_FAIL, -1, "Non-recoverable failure in name resolution" },
		{ EAI_SYSTEM, -1, "Too many open files" },
	};
	struct addr *list;
	const char *why;
	size_t n, i;

	addresses = "";
	for (i = 0; i < COUNT(cases); i++) {
		error = cases[i].error;
		ck_assert_int_eq(
		    lookup_host("a.example", &list, &n, &why), cases[i].found);
		ck_assert_str_eq(why, cases[i].why);
		ck_assert_ptr_null(list);
		ck_assert_uint_eq(n, 0);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, a_user);
	tcase_add_test(tc, names_of_digits);
	tcase_add_test(tc, some_errors_say_that_there_is_none);
	tcase_add_test(tc, a_group);
	tcase_add_test(tc, a_large_entry);
	tcase_add_test(tc, the_groups_of_a_user);
	tcase_add_test(tc, a_port);
	tcase_add_test(tc, a_host);
	tcase_add_test(tc, no_host);
}

int
main(void)
{
	return unit_run("lookup", add);
}
