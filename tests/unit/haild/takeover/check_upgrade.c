/*
 * check_upgrade.c -- what HAILD_UPGRADE may name: a state that haild sealed,
 * and nothing else.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/takeover/upgrade.h"
#include "lib/log.h"

#define ALL_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static char *arguments[] = { (char *)"haild", (char *)"-f", NULL };

static void
enter(void)
{
	unit_enter_dir();
	log_init("test", 0, LOG_DAEMON, LOG_DEBUG);
	unsetenv("HAILD_UPGRADE");
}

/* What upgrade_init allocates lives as long as a daemon. */
static struct upgrade upgrades[64];
static size_t nupgrades;

/* upgrade_init with HAILD_UPGRADE, of which "%d" becomes FD. */
static int
init(struct upgrade **up, const char *format, int fd)
{
	struct upgrade *u = *up = &upgrades[nupgrades++];
	char value[128], number[16], *at = strstr(format, "%d");
	int result;

	snprintf(number, sizeof(number), "%d", fd);
	if (at == NULL)
		strlcpy(value, format, sizeof(value));
	else
		snprintf(value, sizeof(value), "%.*s%s%s", (int)(at - format),
		    format, number, at + 2);
	ck_assert_int_eq(setenv("HAILD_UPGRADE", value, 1), 0);
	ck_assert_uint_le(nupgrades, COUNT(upgrades));
	result = upgrade_init(u, 2, arguments);
	/* never for a process that follows */
	ck_assert_ptr_null(getenv("HAILD_UPGRADE"));
	return result;
}

static int
memfd(int seals)
{
	int fd = memfd_create("state", MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 3);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	if (seals != 0)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

START_TEST(without_a_state_it_is_a_start)
{
	struct upgrade *u = upgrades;
	char cwd[64];

	ck_assert_int_eq(upgrade_init(u, 2, arguments), 0);
	ck_assert_int_eq(u->fd, -1);
	ck_assert(!u->proving);
	ck_assert_str_eq(u->argv[1], "-f");
	ck_assert_str_eq(u->cwd, getcwd(cwd, sizeof(cwd)));
}
END_TEST

START_TEST(a_sealed_state_is_taken)
{
	struct upgrade *u;
	int fd = memfd(ALL_SEALS);

	ck_assert_int_eq(init(&u, "take %d /some where", fd), 0);
	ck_assert_int_eq(u->fd, fd);
	ck_assert(!u->proving);
	ck_assert_str_eq(u->cwd, "/some where");
	ck_assert_int_eq(init(&u, "prove %d /", fd), 0);
	ck_assert_int_eq(u->fd, fd);
	ck_assert(u->proving);
}
END_TEST

/* Anyone can set a variable; only haild makes a memfd with these seals. */
START_TEST(an_unsealed_state_is_refused)
{
	static const int seals[] = { 0, F_SEAL_WRITE, F_SEAL_SEAL,
		ALL_SEALS & ~F_SEAL_WRITE, ALL_SEALS & ~F_SEAL_SHRINK,
		ALL_SEALS & ~F_SEAL_GROW, ALL_SEALS & ~F_SEAL_SEAL };
	struct upgrade *u;
	size_t i;
	int fd;

	for (i = 0; i < COUNT(seals); i++) {
		fd = memfd(seals[i]);
		ck_assert_int_eq(init(&u, "take %d /", fd), -1);
		ck_assert_int_eq(u->fd, -1);
		ck_assert_int_eq(init(&u, "prove %d /", fd), -1);
		close(fd);
	}
	fd = open("file", O_RDWR | O_CREAT, 0600);
	ck_assert_int_eq(init(&u, "take %d /", fd), -1);
	close(fd);
	ck_assert_int_eq(init(&u, "take %d /", fd), -1);
}
END_TEST

START_TEST(other_words_are_refused)
{
	static const char *const others[] = { "", " ", "take", "take %d",
		"%d /", "Take %d /", "taken %d /", "take  %d /", "take x /",
		"take -1 /", "take 0%d /", "take %dx /", "take 2 /",
		"take 99999999999 /" };
	struct upgrade *u;
	int fd = memfd(ALL_SEALS);
	size_t i;

	for (i = 0; i < COUNT(others); i++) {
		ck_assert_msg(init(&u, others[i], fd) == -1,
		    "\"%s\" is accepted", others[i]);
		ck_assert_int_eq(u->fd, -1);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, unit_leave_dir);
	tcase_add_test(tc, without_a_state_it_is_a_start);
	tcase_add_test(tc, a_sealed_state_is_taken);
	tcase_add_test(tc, an_unsealed_state_is_refused);
	tcase_add_test(tc, other_words_are_refused);
}

int
main(void)
{
	return unit_run("upgrade", add);
}
