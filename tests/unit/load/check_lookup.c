/*
 * check_lookup.c -- what getent(1) prints, read.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/getent.h"
#include "load/lookup.h"

static struct lookup l;
static const char *answer; /* NULL: nobody can be asked */
static char asked[64];
static int times;

/* In the place of the program. */
char *
getent(const char *database, const char *key)
{
	snprintf(asked, sizeof(asked), "%s %s", database, key);
	times++;
	if (answer != NULL)
		return strdup(answer);
	errno = EIO;
	return NULL;
}

/* What is asked next is not known yet. */
static void
answers(const char *text)
{
	lookup_free(&l);
	answer = text;
}

static void
leave(void)
{
	lookup_free(&l);
}

START_TEST(a_user)
{
	struct user u;

	answers("al:x:1000:100:Al,,:/home/al:/bin/sh\n");
	ck_assert_int_eq(lookup_user(&l, "al", &u), 1);
	ck_assert_str_eq(asked, "passwd al");
	ck_assert_str_eq(u.name, "al");
	ck_assert_uint_eq(u.uid, 1000);
	ck_assert_uint_eq(u.gid, 100);
	ck_assert_str_eq(u.home, "/home/al");
	ck_assert_str_eq(u.shell, "/bin/sh");
	/* fields may be empty, and a name another way to write it */
	answers("al::4294967294:0:::\n");
	ck_assert_int_eq(lookup_user(&l, "AL", &u), 1);
	ck_assert_uint_eq(u.uid, 4294967294);
	ck_assert_str_eq(u.home, "");
	ck_assert_str_eq(u.shell, "");
	answers("");
	ck_assert_int_eq(lookup_user(&l, "al", &u), 0);
}
END_TEST

/* getent(1) takes what reads as a number for a uid. */
START_TEST(a_number_is_no_name)
{
	static const char *const numbers[] = { "0", " 0", "+0", "-0", "00" };
	struct user u;
	gid_t gid;
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		answers("root:x:0:0:root:/root:/bin/bash\n");
		ck_assert_int_eq(lookup_user(&l, numbers[i], &u), 0);
		answers("root:x:0:\n");
		ck_assert_int_eq(lookup_group(&l, numbers[i], &gid), 0);
	}
	/* but where it is the name */
	answers("0:x:5:6::/:/bin/sh\n");
	ck_assert_int_eq(lookup_user(&l, "0", &u), 1);
	ck_assert_uint_eq(u.uid, 5);
	answers("0:x:7:\n");
	ck_assert_int_eq(lookup_group(&l, "0", &gid), 1);
	ck_assert_uint_eq(gid, 7);
	answers("00:x:7:\n");
	ck_assert_int_eq(lookup_group(&l, "0", &gid), 0);
	answers("root:x:0:0:root:/root:/bin/bash\n");
	ck_assert_int_eq(lookup_uid(&l, 0, &u), 1);
	ck_assert_str_eq(asked, "passwd 0");
}
END_TEST

START_TEST(what_is_no_user)
{
	static const char *const lines[] = { "al\n", "al:x\n", "al:x:1\n",
		"al:x:1:2\n", "al:x:1:2:\n", "al:x:1:2::/\n",
		"al:x:-1:2::/:/bin/sh\n", "al:x:1:4294967296::/:/bin/sh\n",
		"al:x::2::/:/bin/sh\n", "al:x:a:2::/:/bin/sh\n" };
	char line[LOOKUP_LINE_MAX + 2];
	struct user u;
	size_t i;

	for (i = 0; i < COUNT(lines); i++) {
		answers(lines[i]);
		ck_assert_int_eq(lookup_user(&l, "al", &u), -1);
		ck_assert_int_eq(errno, EINVAL);
	}
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	answers(line);
	ck_assert_int_eq(lookup_user(&l, "al", &u), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
}
END_TEST

START_TEST(a_group)
{
	static const char *const wrong[] = { "wheel\n", "wheel:x\n",
		"wheel:x:\n", "wheel:x:-1:\n", "wheel:x:5\n",
		"wheel:x\nroot:x:0:\n" };
	gid_t gid;
	size_t i;

	answers("wheel:x:10:al,bo\n");
	ck_assert_int_eq(lookup_group(&l, "wheel", &gid), 1);
	ck_assert_str_eq(asked, "group wheel");
	ck_assert_uint_eq(gid, 10);
	answers("wheel::11:\n");
	ck_assert_int_eq(lookup_group(&l, "wheel", &gid), 1);
	ck_assert_uint_eq(gid, 11);
	answers("");
	ck_assert_int_eq(lookup_group(&l, "wheel", &gid), 0);
	for (i = 0; i < COUNT(wrong); i++) {
		answers(wrong[i]);
		ck_assert_int_eq(lookup_group(&l, "wheel", &gid), -1);
		ck_assert_int_eq(errno, EINVAL);
	}
}
END_TEST

START_TEST(the_groups_of_a_user)
{
	gid_t *list;
	size_t n;

	answers("al                    4 27 4294967294\n");
	ck_assert_int_eq(lookup_groups(&l, "al", &list, &n), 1);
	ck_assert_str_eq(asked, "initgroups al");
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(list[0], 4);
	ck_assert_uint_eq(list[1], 27);
	ck_assert_uint_eq(list[2], 4294967294);
	free(list);
	answers("al                   \n");
	ck_assert_int_eq(lookup_groups(&l, "al", &list, &n), 1);
	ck_assert_uint_eq(n, 0);
	free(list);
	answers("bo 4\n");
	ck_assert_int_eq(lookup_groups(&l, "al", &list, &n), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_port)
{
	static const char *const never[] = { "80", "+80", "a/tcp", "" };
	unsigned int port;
	size_t i;

	answers("domain                53/udp\n");
	ck_assert_int_eq(lookup_port(&l, "domain", true, &port), 1);
	ck_assert_str_eq(asked, "services domain/udp");
	ck_assert_uint_eq(port, 53);
	answers("http 80/tcp www\n");
	ck_assert_int_eq(lookup_port(&l, "www", false, &port), 1);
	ck_assert_str_eq(asked, "services www/tcp");
	ck_assert_uint_eq(port, 80);
	for (i = 0; i < COUNT(never); i++)
		ck_assert_int_eq(lookup_port(&l, never[i], false, &port), 0);
	answers("x 65536/tcp\n");
	ck_assert_int_eq(lookup_port(&l, "x", false, &port), 0);
	answers("");
	ck_assert_int_eq(lookup_port(&l, "x", false, &port), 0);
}
END_TEST

START_TEST(a_host)
{
	char text[ADDR_TEXT_MAX];
	struct addr *list;
	size_t n;

	answers(
	    "192.0.2.7       STREAM a.example\n"
	    "192.0.2.7       DGRAM  \n"
	    "192.0.2.7       RAW    \n"
	    "2001:db8::7     STREAM \n"
	    "192.0.2.7       STREAM \n"
	    "nonsense        STREAM \n"
	    "fe80::1%3       STREAM \n"
	    "192.0.2.8\n");
	ck_assert_int_eq(lookup_host(&l, "a.example", 80, &list, &n), 1);
	ck_assert_str_eq(asked, "ahosts a.example");
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(
	    addr_print(&list[0], text, sizeof(text)), "192.0.2.7:80");
	ck_assert_str_eq(
	    addr_print(&list[1], text, sizeof(text)), "[2001:db8::7]:80");
	ck_assert_uint_eq(list[2].in6.sin6_scope_id, 3);
	free(list);
	answers("");
	ck_assert_int_eq(lookup_host(&l, "a.example", 80, &list, &n), 0);
	ck_assert_ptr_null(list);
}
END_TEST

START_TEST(each_is_asked_for_once)
{
	struct user u;
	gid_t gid;

	answers("al:x:1000:100::/home/al:/bin/sh\n");
	times = 0;
	ck_assert_int_eq(lookup_user(&l, "al", &u), 1);
	answer = "nobody is asked again";
	ck_assert_int_eq(lookup_user(&l, "al", &u), 1);
	ck_assert_uint_eq(u.uid, 1000);
	ck_assert_int_eq(times, 1);
	/* of another database, or by another name, it is something else */
	answer = "";
	ck_assert_int_eq(lookup_group(&l, "al", &gid), 0);
	ck_assert_int_eq(lookup_user(&l, "bo", &u), 0);
	ck_assert_int_eq(times, 3);
}
END_TEST

START_TEST(nobody_can_be_asked)
{
	unsigned int port;
	struct addr *list;
	gid_t *gids, gid;
	struct user u;
	size_t n;

	answers(NULL);
	ck_assert_int_eq(lookup_user(&l, "al", &u), -1);
	ck_assert_int_eq(errno, EIO);
	ck_assert_int_eq(lookup_uid(&l, 1, &u), -1);
	ck_assert_int_eq(lookup_group(&l, "al", &gid), -1);
	ck_assert_int_eq(lookup_groups(&l, "al", &gids, &n), -1);
	ck_assert_int_eq(lookup_port(&l, "al", false, &port), -1);
	ck_assert_int_eq(lookup_host(&l, "al", 1, &list, &n), -1);
	ck_assert_int_eq(errno, EIO);
	/* that is not remembered */
	answer = "al:x:1000:100::/home/al:/bin/sh\n";
	ck_assert_int_eq(lookup_user(&l, "al", &u), 1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, leave);
	tcase_add_test(tc, a_user);
	tcase_add_test(tc, a_number_is_no_name);
	tcase_add_test(tc, what_is_no_user);
	tcase_add_test(tc, a_group);
	tcase_add_test(tc, the_groups_of_a_user);
	tcase_add_test(tc, a_port);
	tcase_add_test(tc, a_host);
	tcase_add_test(tc, each_is_asked_for_once);
	tcase_add_test(tc, nobody_can_be_asked);
}

int
main(void)
{
	return unit_run("lookup", add);
}
