/*
 * check_known_hosts.c -- the names of servers, and the lines of the file.
 */

#include "tests/unit/unit.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hail/known_hosts.h"

#define A "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B "sha256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB="

START_TEST(a_name_has_a_number_for_the_port)
{
	static const struct {
		const char *host, *address, *name;
	} cases[] = {
		{ "web1", "192.0.2.1", "web1:7891" },
		{ "WEB1.Example", "192.0.2.1", "web1.example:7891" },
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1:7891" },
		{ "2001:DB8:0:0::1", "2001:db8::1", "[2001:db8::1]:7891" },
	};
	char name[KNOWN_NAME_MAX];
	struct addr a;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(
		    addr_from_numeric(&a, cases[i].address, 7891), 0);
		known_hosts_name(name, cases[i].host, &a);
		ck_assert_str_eq(name, cases[i].name);
	}
}
END_TEST

START_TEST(paths)
{
	char path[PATH_MAX], wanted[PATH_MAX];
	const struct passwd *user;

	setenv("HOME", "/home/x", 1);
	unsetenv("XDG_CONFIG_HOME");
	ck_assert(known_hosts_path(path, "f"));
	ck_assert_str_eq(path, "/home/x/.config/hail/f");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	ck_assert(known_hosts_path(path, "f"));
	ck_assert_str_eq(path, "/home/x/.config/hail/f");
	setenv("XDG_CONFIG_HOME", "/cfg", 1);
	ck_assert(known_hosts_path(path, "f"));
	ck_assert_str_eq(path, "/cfg/hail/f");
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "", 1);
	ck_assert(!known_hosts_path(path, "f"));
	ck_assert_str_eq(path, "");
	unsetenv("HOME");
	user = getpwuid(geteuid());
	ck_assert_ptr_nonnull(user);
	snprintf(wanted, sizeof(wanted), "%s/.config/hail/f", user->pw_dir);
	ck_assert(known_hosts_path(path, "f"));
	ck_assert_str_eq(path, wanted);
}
END_TEST

/* How many keys TEXT has for "web1:7891"; the first is in KEYS. */
static int
find(const char *text, struct known_key keys[KNOWN_KEYS_MAX], char *err)
{
	struct known_hosts k = { .path = "FILE", .text = strdup(text) };
	int n = known_hosts_find(&k, "web1:7891", keys, err, 256);

	free(k.text);
	return n;
}

START_TEST(lines)
{
	static const struct {
		const char *text;
		int n;
		unsigned int line;
	} cases[] = {
		{ "", 0, 0 },
		{ "\n", 0, 0 },
		{ "web1:7891 " A "\n", 1, 1 },
		{ "web1:7891 " A, 1, 1 },
		{ "  web1:7891\t" A "  \r\n", 1, 1 },
		{ "WEB1:7891 " A " since last year\n", 1, 1 },
		{ "# web1:7891 " A "\n", 0, 0 },
		{ "#\n\nweb1:7891 " A "\n", 1, 3 },
		{ "web1:78910 " A "\nweb1:789 " A "\nxweb1:7891 " A "\n", 0,
		    0 },
		{ "web1 " A "\n", 0, 0 },
		{ "other:1 x\nweb1:7891 " A "\nweb1:7891 " B "\n", 2, 2 },
	};
	struct known_key keys[KNOWN_KEYS_MAX];
	char err[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(find(cases[i].text, keys, err), cases[i].n);
		if (cases[i].n == 0)
			continue;
		ck_assert_uint_eq(keys[0].line, cases[i].line);
		ck_assert_str_eq(keys[0].pin, A);
	}
}
END_TEST

/*
 * Ignoring the line would mean a call in the clear, or a server with any key.
 */
START_TEST(a_line_without_pin_is_an_error)
{
	static const char *const cases[] = {
		"web1:7891",
		"web1:7891\n" A "\n",
		"web1:7891 x\n",
		"web1:7891 " A "x\n",
		"web1:7891 " A "\nweb1:7891 \n",
	};
	struct known_key keys[KNOWN_KEYS_MAX];
	char err[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(find(cases[i], keys, err), -1);
		ck_assert_ptr_nonnull(
		    strstr(err, ": no pin after \"web1:7891\""));
	}
	ck_assert_str_eq(err, "FILE:2: no pin after \"web1:7891\"");
}
END_TEST

START_TEST(too_many_keys_are_ignored)
{
	struct known_key keys[KNOWN_KEYS_MAX];
	char err[256], text[2048] = "";
	int i;

	for (i = 0; i < KNOWN_KEYS_MAX + 2; i++)
		strlcat(text, "web1:7891 " A "\n", sizeof(text));
	ck_assert_int_eq(find(text, keys, err), KNOWN_KEYS_MAX);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_name_has_a_number_for_the_port);
	tcase_add_test(tc, paths);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, a_line_without_pin_is_an_error);
	tcase_add_test(tc, too_many_keys_are_ignored);
}

int
main(void)
{
	return unit_run("known_hosts", add);
}
