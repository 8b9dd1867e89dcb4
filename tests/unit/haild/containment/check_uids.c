/*
 * check_uids.c -- which uids of pools are given to sessions, and when.
 *
 * The functions of uid_check.h are the ones below: a check ends when, and as,
 * a test says.
 */

#include "tests/unit/unit.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/containment/uid_check.h"
#include "haild/containment/uids.h"
#include "lib/log.h"

#define POOLS 3

static struct uids u;
static struct service services[POOLS];
static struct config config;
static int64_t now;

/* --- checks --- */

static struct {
	uid_t uid;
	pid_t pid;
	bool kills;
} started[64];
static size_t nstarted;
static pid_t next_pid;
static bool no_process; /* can be made */

static uid_t owned[2]; /* uids with processes, for uid_check_each */
static size_t nowned;
static int searches;

pid_t
uid_check_start(uid_t uid, bool kills)
{
	if (no_process) {
		errno = EAGAIN;
		return -1;
	}
	ck_assert_uint_lt(nstarted, COUNT(started));
	started[nstarted].uid = uid;
	started[nstarted].kills = kills;
	started[nstarted].pid = next_pid != 0 ? next_pid : 1000 + (pid_t)uid;
	return started[nstarted++].pid;
}

bool
uid_check_proves(const siginfo_t *info)
{
	return info->si_status == 1;
}

int
uid_check_each(void (*fn)(void *arg, uid_t uid, pid_t pid), void *arg)
{
	size_t i;

	searches++;
	for (i = 0; i < nowned; i++)
		fn(arg, owned[i], 77);
	return 0;
}

/* The oldest check ends. */
static void
end_check(bool proves)
{
	siginfo_t info = { .si_status = proves };

	ck_assert_uint_gt(nstarted, 0);
	ck_assert(uids_exited(&u, started[0].pid, &info));
	memmove(&started[0], &started[1], --nstarted * sizeof(started[0]));
}

/* Let all that is due begin, SECONDS later. */
static int64_t
expire(int seconds)
{
	now += seconds * SECOND;
	return uids_expire(&u, now);
}

/* --- pools --- */

static void
pool(int i, uid_t first, uid_t last)
{
	services[i].contained.pool_first = first;
	services[i].contained.pool_last = last;
}

static void
want(void)
{
	uids_want(&u, &config);
}

static void
setup(void)
{
	memset(&u, 0, sizeof(u));
	memset(services, 0, sizeof(services));
	config.services = services;
	config.nservices = POOLS;
	now = SECOND;
	nstarted = nowned = 0;
	next_pid = 0;
	no_process = false;
	searches = 0;
}

static uid_t
take(int i)
{
	bool available = uids_available(&u, &services[i]);
	uid_t uid = uids_take(&u, &services[i]);

	ck_assert_int_eq(available, uid != NO_UID);
	return uid;
}

START_TEST(each_uid_is_given_once)
{
	pool(0, 100, 102);
	want();
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), 101);
	ck_assert_uint_eq(take(0), 102);
	ck_assert_uint_eq(take(0), NO_UID);
	ck_assert_int_eq(expire(0), -1);
}
END_TEST

START_TEST(the_least_recently_used_is_given_first)
{
	pool(0, 100, 103);
	want();
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), 101);
	ck_assert_uint_eq(take(0), 102);
	uids_return(&u, 101, true, false);
	uids_return(&u, 100, true, false);
	ck_assert_uint_eq(take(0), 103);
	ck_assert_uint_eq(take(0), 101);
	uids_return(&u, 102, true, false);
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), 102);
	ck_assert_uint_eq(take(0), NO_UID);
}
END_TEST

START_TEST(without_proof_it_is_not_given)
{
	pool(0, 100, 100);
	want();
	ck_assert_uint_eq(take(0), 100);
	uids_return(&u, 100, false, false);
	ck_assert(uids_are_dirty(&u));
	ck_assert_uint_eq(take(0), NO_UID);
	expire(0);
	ck_assert_uint_eq(nstarted, 1);
	ck_assert_uint_eq(started[0].uid, 100);
	ck_assert(started[0].kills);
	ck_assert_uint_eq(take(0), NO_UID);
	end_check(true);
	ck_assert(!uids_are_dirty(&u));
	ck_assert_uint_eq(take(0), 100);
}
END_TEST

START_TEST(clients_wait_for_what_will_be_free)
{
	pool(0, 100, 101);
	want();
	take(0);
	uids_return(&u, 100, false, false);
	ck_assert(!uids_wait(&u, &services[0])); /* there is another one */
	ck_assert(uids_available(&u, &services[0]));
	take(0);
	ck_assert(!uids_available(&u, &services[0]));
	ck_assert(uids_wait(&u, &services[0]));
	/* Until then, also while it is checked, and after a reload. */
	expire(0);
	ck_assert(uids_wait(&u, &services[0]));
	pool(1, 90, 100);
	want();
	while (take(1) != NO_UID)
		;
	ck_assert(uids_wait(&u, &services[0]));
	ck_assert(uids_wait(&u, &services[1]));
	end_check(true);
	ck_assert(!uids_wait(&u, &services[0]));
	ck_assert_uint_eq(take(0), 100);
	ck_assert(!uids_wait(&u, &services[0]));
	/* One that is kept may never be free. */
	uids_return(&u, 100, false, true);
	ck_assert(!uids_wait(&u, &services[0]));
	pool(2, 300, 310); /* without a table of it */
	ck_assert(!uids_wait(&u, &services[2]));
}
END_TEST

START_TEST(a_check_that_fails_is_repeated)
{
	int64_t next;

	pool(0, 100, 100);
	want();
	take(0);
	uids_return(&u, 100, false, false);
	expire(0);
	end_check(false);
	ck_assert(uids_are_dirty(&u));
	ck_assert_uint_eq(take(0), NO_UID);
	next = expire(0);
	ck_assert_int_gt(next, now);
	ck_assert_int_le(next, now + SECOND);
	ck_assert_uint_eq(nstarted, 0);
	expire(1);
	ck_assert_uint_eq(nstarted, 1);
	ck_assert(started[0].kills);
	end_check(false);
	expire(0);
	expire(1);
	end_check(true);
	ck_assert_uint_eq(take(0), 100);
	ck_assert_int_eq(expire(0), -1);
}
END_TEST

START_TEST(a_uid_that_resists_does_not_hold_up_others)
{
	uid_t uid;

	pool(0, 100, 163);
	want();
	for (uid = 100; uid < 100 + 2 * UID_CHECKS; uid++)
		ck_assert_uint_eq(take(0), uid);
	for (uid = 100; uid < 100 + UID_CHECKS; uid++)
		uids_return(&u, uid, false, false);
	expire(0);
	ck_assert_uint_eq(nstarted, UID_CHECKS);
	while (nstarted > 0)
		end_check(false);
	for (; uid < 100 + 2 * UID_CHECKS; uid++)
		uids_return(&u, uid, false, false);
	expire(0);
	ck_assert_uint_eq(nstarted, UID_CHECKS);
	ck_assert_uint_eq(started[0].uid, 100 + UID_CHECKS);
}
END_TEST

START_TEST(a_check_that_takes_too_long_is_killed)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	pool(0, 100, 100);
	want();
	take(0);
	uids_return(&u, 100, false, false);
	next_pid = pid;
	ck_assert_int_gt(expire(0), now);
	ck_assert_int_eq(expire(60), -1);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED), 0);
	ck_assert_int_eq(info.si_status, SIGKILL);
	ck_assert_int_eq(expire(60), -1);
	end_check(false);
	ck_assert_uint_eq(take(0), NO_UID);
}
END_TEST

START_TEST(without_processes_it_is_checked_later)
{
	pool(0, 100, 100);
	want();
	take(0);
	uids_return(&u, 100, false, false);
	no_process = true;
	ck_assert_int_gt(expire(0), now);
	ck_assert_uint_eq(take(0), NO_UID);
	no_process = false;
	expire(1);
	end_check(true);
	ck_assert_uint_eq(take(0), 100);
}
END_TEST

START_TEST(leftovers_that_are_kept_are_not_killed)
{
	pool(0, 100, 100);
	want();
	take(0);
	uids_return(&u, 100, false, true);
	ck_assert(!uids_are_dirty(&u));
	expire(0);
	expire(10);
	ck_assert_uint_eq(nstarted, 1);
	ck_assert(!started[0].kills);
	end_check(false);
	ck_assert_uint_eq(take(0), NO_UID);
	expire(0);
	expire(10);
	end_check(true);
	ck_assert_uint_eq(take(0), 100);
}
END_TEST

START_TEST(the_exit_of_another_child_is_not_a_proof)
{
	siginfo_t info = { .si_status = 1 };

	pool(0, 100, 100);
	want();
	take(0);
	uids_return(&u, 100, false, false);
	ck_assert(!uids_exited(&u, 1100, &info));
	expire(0);
	ck_assert(!uids_exited(&u, 1101, &info));
	ck_assert_uint_eq(take(0), NO_UID);
}
END_TEST

START_TEST(what_was_not_taken_is_not_returned)
{
	pool(0, 100, 101);
	want();
	uids_return(&u, 7, true, false);
	uids_return(&u, 100, true, false);
	uids_return(&u, 100, false, false);
	ck_assert_int_eq(expire(0), -1);
	ck_assert_uint_eq(take(0), 100);
	uids_return(&u, 100, true, false);
	uids_return(&u, 100, true, false);
	ck_assert_uint_eq(take(0), 101);
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), NO_UID);
}
END_TEST

START_TEST(pools_that_are_equal_or_overlap_share_their_uids)
{
	struct service commands[2] = { { .name = "a" }, { .name = NULL } };
	uid_t uid;

	pool(0, 100, 103);
	pool(1, 102, 105);
	commands[0].contained.pool_first = 100;
	commands[0].contained.pool_last = 103;
	services[2].commands = commands;
	want();
	for (uid = 100; uid <= 103; uid++)
		ck_assert_uint_eq(
		    uids_take(&u, uid % 2 ? &commands[0] : &services[0]), uid);
	ck_assert_uint_eq(take(0), NO_UID);
	ck_assert_uint_eq(uids_take(&u, &commands[0]), NO_UID);
	ck_assert_uint_eq(take(1), 104);
	uids_return(&u, 103, true, false);
	uids_return(&u, 100, true, false);
	uids_return(&u, 104, true, false);
	ck_assert_uint_eq(take(1), 105);
	ck_assert_uint_eq(take(1), 103);
	ck_assert_uint_eq(take(1), 104);
	ck_assert_uint_eq(take(0), 100);
}
END_TEST

START_TEST(a_reload_keeps_what_sessions_have)
{
	pool(0, 100, 103);
	want();
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), 101);
	ck_assert_uint_eq(take(0), 102);
	uids_return(&u, 101, false, false);
	uids_return(&u, 102, true, false);
	expire(0);

	/* Other bounds, while 101 is checked. */
	pool(0, 101, 104);
	want();
	ck_assert_uint_eq(take(0), 102);
	end_check(true);
	uids_return(&u, 100, true, false); /* in no pool */
	ck_assert_uint_eq(take(0), 103);
	ck_assert_uint_eq(take(0), 104);
	ck_assert_uint_eq(take(0), 101);
	ck_assert_uint_eq(take(0), NO_UID);

	/* No pool, and again one. */
	pool(0, 0, 0);
	want();
	uids_return(&u, 103, false, false);
	expire(0);
	ck_assert_uint_eq(nstarted, 1);
	pool(0, 100, 103);
	want();
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), NO_UID);
	end_check(true);
	ck_assert_uint_eq(take(0), 103);
}
END_TEST

START_TEST(an_unchanged_pool_keeps_its_order)
{
	pool(0, 100, 101);
	want();
	ck_assert_int_eq(searches, 1);
	take(0);
	uids_return(&u, 100, true, false);
	pool(1, 200, 201);
	want();
	ck_assert_int_eq(searches, 2);
	ck_assert_uint_eq(take(0), 101);
	uids_return(&u, 101, true, false);
	pool(1, 0, 0);
	want();
	ck_assert_int_eq(searches, 2);
	ck_assert_uint_eq(take(0), 100);
}
END_TEST

START_TEST(a_uid_that_others_use_is_not_given)
{
	log_set_destination(0);
	pool(0, 100, 102);
	owned[0] = 101;
	owned[1] = 7;
	nowned = 2;
	want();
	ck_assert_int_eq(searches, 2);
	ck_assert(!uids_are_dirty(&u));
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), 102);
	ck_assert_uint_eq(take(0), NO_UID);
	expire(0);
	expire(10);
	ck_assert_uint_eq(nstarted, 1);
	ck_assert(!started[0].kills);
	end_check(true);
	ck_assert_uint_eq(take(0), 101);
}
END_TEST

static struct uid_mark marks[8];
static size_t nmarks;

static void
note_mark(void *arg, const struct uid_mark *mark)
{
	ck_assert_ptr_eq(arg, &nmarks);
	ck_assert_uint_lt(nmarks, COUNT(marks));
	marks[nmarks++] = *mark;
}

START_TEST(an_upgrade_hands_them_over)
{
	size_t i;

	pool(0, 100, 105);
	want();
	for (i = 0; i < 5; i++)
		take(0);
	uids_return(&u, 100, false, true);
	uids_return(&u, 101, false, false);
	expire(0); /* its check is not handed over */
	uids_return(&u, 102, false, false);
	uids_return(&u, 103, true, false);
	nmarks = 0;
	uids_each_mark(&u, note_mark, &nmarks);
	ck_assert_uint_eq(nmarks, 3);

	/* 101 is in no pool any more. */
	free(u.ranges);
	setup();
	pool(0, 102, 105);
	for (i = 0; i < nmarks; i++)
		ck_assert_int_eq(
		    uids_restore(&u, marks[i].uid, marks[i].state), 0);
	ck_assert_int_eq(uids_restore(&u, 104, UID_USED), 0);
	want();
	ck_assert_uint_eq(take(0), 103);
	ck_assert_uint_eq(take(0), 105);
	ck_assert_uint_eq(take(0), NO_UID);
	expire(0);
	ck_assert_uint_eq(nstarted, 2);
	ck_assert_uint_eq(started[0].uid, 101);
	end_check(true);
	ck_assert_uint_eq(started[0].uid, 102);
	ck_assert(started[0].kills);
	end_check(true);
	ck_assert_uint_eq(take(0), 102);
	expire(10);
	expire(10);
	ck_assert_uint_eq(started[0].uid, 100);
	ck_assert(!started[0].kills);
	uids_return(&u, 104, true, false);
	ck_assert_uint_eq(take(0), 104);
}
END_TEST

START_TEST(marks_do_not_split_the_range_of_a_pool)
{
	uid_t uid;

	pool(0, 100, 199);
	for (uid = 101; uid < 151; uid++)
		ck_assert_int_eq(uids_restore(&u, uid, UID_USED), 0);
	ck_assert_int_eq(uids_restore(&u, 7, UID_USED), 0);
	want();
	ck_assert_uint_eq(u.n, 2);
	ck_assert_uint_eq(u.ranges[1].first, 100);
	ck_assert_uint_eq(u.ranges[1].n, 100);
	ck_assert_uint_eq(u.ranges[1].busy, 50);
	ck_assert_uint_eq(take(0), 100);
	ck_assert_uint_eq(take(0), 151);
}
END_TEST

/*
 * Random sessions of overlapping pools, reloads and checks: no uid is ever
 * given while it may own a process.
 */
#define SPAN 64
#define OPERATIONS 100000
START_TEST(no_uid_is_given_twice)
{
	enum { GONE, LIVE, DIRTY } model[SPAN] = { GONE };
	uid_t uid;
	int i, j;

	srandom(1);
	pool(0, 1000, 1000 + SPAN - 1);
	want();
	for (i = 0; i < OPERATIONS; i++) {
		j = (int)(random() % POOLS);
		uid = 1000 + (uid_t)(random() % SPAN);
		switch (random() % 8) {
		case 0:
			if (random() % 16 != 0)
				break;
			pool(j, uid,
			    uid + (uid_t)random() % (1000 + SPAN - uid));
			want();
			break;
		case 1:
		case 2:
		case 3:
			if ((uid = take(j)) == NO_UID)
				break;
			ck_assert_uint_ge(
			    uid, services[j].contained.pool_first);
			ck_assert_uint_le(uid, services[j].contained.pool_last);
			ck_assert_int_eq(model[uid - 1000], GONE);
			model[uid - 1000] = LIVE;
			break;
		case 4:
		case 5:
			if (model[uid - 1000] != LIVE)
				break;
			model[uid - 1000] = random() % 2 ? GONE : DIRTY;
			uids_return(&u, uid, model[uid - 1000] == GONE, false);
			break;
		case 6:
			expire((int)(random() % 2));
			break;
		case 7:
			if (nstarted == 0)
				break;
			uid = started[0].uid;
			ck_assert_int_eq(model[uid - 1000], DIRTY);
			if (random() % 2) {
				model[uid - 1000] = GONE;
				end_check(true);
			} else
				end_check(false);
			break;
		}
	}
	/* All come back. */
	for (uid = 1000; uid < 1000 + SPAN; uid++)
		if (model[uid - 1000] == LIVE)
			uids_return(&u, uid, true, false);
	for (i = 0; uids_are_dirty(&u); i++) {
		ck_assert_int_lt(i, 10000);
		expire(1);
		while (nstarted > 0)
			end_check(true);
	}
	pool(0, 1000, 1000 + SPAN - 1);
	want();
	for (i = 0; take(0) != NO_UID; i++)
		continue;
	ck_assert_int_eq(i, SPAN);
}
END_TEST

START_TEST(a_large_pool)
{
	uint32_t i;

	pool(0, 100000, 165535);
	want();
	for (i = 0; i < 65536; i++)
		ck_assert_uint_eq(take(0), 100000 + i);
	ck_assert_uint_eq(take(0), NO_UID);
	for (i = 0; i < 65536; i++)
		uids_return(&u, 100000 + i, true, false);
	for (i = 0; i < 65536; i++)
		ck_assert_uint_eq(take(0), 100000 + i);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, each_uid_is_given_once);
	tcase_add_test(tc, the_least_recently_used_is_given_first);
	tcase_add_test(tc, without_proof_it_is_not_given);
	tcase_add_test(tc, clients_wait_for_what_will_be_free);
	tcase_add_test(tc, a_check_that_fails_is_repeated);
	tcase_add_test(tc, a_uid_that_resists_does_not_hold_up_others);
	tcase_add_test(tc, a_check_that_takes_too_long_is_killed);
	tcase_add_test(tc, without_processes_it_is_checked_later);
	tcase_add_test(tc, leftovers_that_are_kept_are_not_killed);
	tcase_add_test(tc, the_exit_of_another_child_is_not_a_proof);
	tcase_add_test(tc, what_was_not_taken_is_not_returned);
	tcase_add_test(tc, pools_that_are_equal_or_overlap_share_their_uids);
	tcase_add_test(tc, a_reload_keeps_what_sessions_have);
	tcase_add_test(tc, an_unchanged_pool_keeps_its_order);
	tcase_add_test(tc, a_uid_that_others_use_is_not_given);
	tcase_add_test(tc, an_upgrade_hands_them_over);
	tcase_add_test(tc, marks_do_not_split_the_range_of_a_pool);
	tcase_add_test(tc, no_uid_is_given_twice);
	tcase_add_test(tc, a_large_pool);
}

int
main(void)
{
	return unit_run("uids", add);
}
