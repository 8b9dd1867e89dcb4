/*
 * check_relays.c -- the table of relays: states, pids, channels, deadlines.
 */

#include "tests/unit/unit.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "haild/relays/relays.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "session/relay_channel.h"

#define NOW (1000 * SECOND)

static struct relays all;

static void
enter(void)
{
	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	ck_assert_int_eq(relays_create(&all), 0);
}

static void
leave(void)
{
	close(all.epoll);
}

/* A relay of the session in SLOT, whose channel's other end is *PEER. */
static struct relay *
reserve(uint32_t slot, int *peer)
{
	struct relay *r;
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*peer = pair[1];
	r = relays_reserve(&all, slot, 100 + slot, 1, pair[0], NOW + slot);
	ck_assert_ptr_nonnull(r);
	return r;
}

START_TEST(one_is_found_by_session_and_pid)
{
	struct relay *r, *other;
	uint32_t index;
	int a, b;

	r = reserve(3, &a);
	other = reserve(4, &b);
	index = relays_index(&all, r);
	ck_assert_ptr_eq(relays_at(&all, index, 3, 103), r);
	ck_assert_ptr_null(relays_at(&all, index, 3, 104));
	ck_assert_ptr_null(relays_at(&all, index, 4, 103));
	ck_assert_ptr_null(relays_at(&all, index + 2, 3, 103));
	ck_assert_ptr_null(relays_find(&all, 900));
	relays_started(&all, r, 900);
	/* the same chain */
	relays_started(&all, other, 900 + (pid_t)RELAYS_BUCKETS);
	ck_assert_ptr_eq(relays_find(&all, 900), r);
	relays_release(&all, r);
	ck_assert_ptr_null(relays_find(&all, 900));
	ck_assert_ptr_null(relays_at(&all, index, 3, 103));
	ck_assert_ptr_eq(relays_find(&all, 900 + (pid_t)RELAYS_BUCKETS), other);
	ck_assert_uint_eq(all.live, 1);
	/* The entry is used again, for another session. */
	close(a);
	r = reserve(5, &a);
	ck_assert_uint_eq(relays_index(&all, r), index);
	ck_assert_ptr_null(relays_at(&all, index, 3, 103));
	close(a);
	close(b);
}
END_TEST

START_TEST(those_that_start_are_in_order)
{
	struct relay *r[3];
	int peers[3], i;

	ck_assert_ptr_null(relays_oldest(&all));
	for (i = 0; i < 3; i++)
		r[i] = reserve((uint32_t)i, &peers[i]);
	ck_assert_ptr_eq(relays_oldest(&all), r[0]);
	ck_assert_uint_eq(all.nstarting, 3);
	relays_started(&all, r[1], 901);
	relays_started(&all, r[0], 900);
	ck_assert_ptr_eq(relays_oldest(&all), r[2]);
	relays_release(&all, r[2]);
	ck_assert_ptr_null(relays_oldest(&all));
	ck_assert_uint_eq(all.nstarting, 0);
	for (i = 0; i < 3; i++)
		close(peers[i]);
}
END_TEST

START_TEST(its_channel_is_watched_and_ends)
{
	struct epoll_event event;
	struct relay *r;
	int peer, copy;
	char byte;

	r = reserve(7, &peer);
	ck_assert_int_eq(relays_watch(&all, r), 0);
	ck_assert_int_eq(epoll_wait(all.epoll, &event, 1, 0), 0);
	ck_assert_int_eq(message_send(peer, RELAY_GO, NULL, 0, 0), 0);
	ck_assert_int_eq(epoll_wait(all.epoll, &event, 1, 0), 1);
	ck_assert_uint_eq((uint32_t)event.data.u64, relays_index(&all, r));
	ck_assert_uint_eq(event.data.u64 >> 32, 107);
	/* A child of the daemon may have a copy of the daemon's end. */
	ck_assert_int_ne(copy = dup(r->channel), -1);
	relays_close_channel(&all, r);
	ck_assert_int_eq(r->channel, 0);
	ck_assert_int_eq(recv(peer, &byte, 1, MSG_DONTWAIT), 0);
	relays_close_channel(&all, r);
	close(copy);
	close(peer);
}
END_TEST

START_TEST(one_that_does_not_end_is_killed)
{
	pid_t pid = unit_start_pausing();
	struct relay *r;
	int peer;

	r = reserve(1, &peer);
	relays_started(&all, r, pid);
	relays_serving(&all, r);
	ck_assert_int_eq(relays_expire(&all, NOW + 3600 * SECOND), -1);
	relays_end(&all, r, NOW);
	ck_assert_int_eq(
	    relays_expire(&all, NOW + RELAY_GRACE - 1), NOW + RELAY_GRACE);
	ck_assert_int_eq(kill(pid, 0), 0);
	ck_assert_int_eq(relays_expire(&all, NOW + RELAY_GRACE),
	    NOW + RELAY_GRACE + REAP_GRACE);
	ck_assert_int_eq(unit_wait(pid), SIGKILL);
	/* not reaped: a tracer has it */
	ck_assert_uint_eq(all.live, 1);
	ck_assert_int_eq(relays_expire(&all, NOW + RELAY_GRACE + REAP_GRACE),
	    NOW + RELAY_GRACE + REAP_GRACE + SECOND);
	ck_assert_uint_eq(all.live, 0);
	close(peer);
}
END_TEST

START_TEST(only_one_that_serves_is_told_of_a_cut)
{
	struct message m;
	struct relay *r;
	int peer;

	r = reserve(1, &peer);
	relays_started(&all, r, 900);
	relays_cut(&all, relays_index(&all, r), r->slot, r->serial);
	relays_serving(&all, r);
	relays_cut(&all, relays_index(&all, r), r->slot, r->serial + 1);
	ck_assert_int_eq(message_receive(peer, relay_kinds,
			     MESSAGE_BIT(RELAY_CUT), &m, NULL, 0, MSG_DONTWAIT),
	    MESSAGE_NONE);
	relays_cut(&all, relays_index(&all, r), r->slot, r->serial);
	ck_assert_int_eq(message_receive(peer, relay_kinds,
			     MESSAGE_BIT(RELAY_CUT), &m, NULL, 0, MSG_DONTWAIT),
	    MESSAGE_OK);
	close(peer);
}
END_TEST

START_TEST(what_is_kept_has_no_deadline_until_the_stop)
{
	struct relay *r;
	int peer;

	r = reserve(1, &peer);
	relays_started(&all, r, 900);
	relays_serving(&all, r);
	relays_keep(&all, r);
	ck_assert_int_ne(r->channel, 0);
	ck_assert_int_eq(relays_expire(&all, NOW + 3600 * SECOND), -1);
	relays_stop(&all, NOW);
	ck_assert_int_eq(r->channel, 0);
	ck_assert_int_eq(relays_expire(&all, NOW), NOW + RELAY_GRACE);
	close(peer);
}
END_TEST

START_TEST(one_that_is_not_believed_is_killed_at_once)
{
	pid_t pid = unit_start_pausing();
	struct relay *r;
	int peer;

	r = reserve(1, &peer);
	relays_started(&all, r, pid);
	relays_kill(&all, r, NOW);
	ck_assert_int_eq(unit_wait(pid), SIGKILL);
	/* The end of its session does not let it live longer. */
	relays_end(&all, r, NOW + 1);
	ck_assert_int_eq(relays_expire(&all, NOW), NOW + REAP_GRACE);
	close(peer);
}
END_TEST

START_TEST(they_are_restored)
{
	const struct relay from = { .pid = 900,
		.slot = 3,
		.serial = 9,
		.state = RELAY_ENDING,
		.deadline = NOW },
			   later = { .pid = 901,
				   .slot = 4,
				   .serial = 8,
				   .state = RELAY_ENDING,
				   .deadline = NOW - 1 };
	struct relay *r;

	ck_assert_ptr_nonnull(r = relays_restore(&all, &from));
	ck_assert_ptr_null(relays_restore(&all, &from));
	ck_assert_ptr_nonnull(relays_restore(&all, &later));
	ck_assert_ptr_eq(relays_find(&all, 900), r);
	ck_assert_uint_eq(all.live, 2);
	/* Their deadlines are in order. */
	ck_assert_int_eq(relays_expire(&all, 0), NOW - 1);
}
END_TEST

START_TEST(an_empty_table_gives_its_pages_back)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct relay *r[300];
	unsigned char here;
	int i;

	ck_assert_int_eq(relays_expire(&all, NOW), -1);
	for (i = 0; i < 300; i++) {
		r[i] = relays_reserve(&all, (uint32_t)i, 1, 1, 0, NOW);
		relays_started(&all, r[i], 100000 + i);
	}
	ck_assert_int_eq(relays_expire(&all, NOW), -1);
	for (i = 0; i < 300; i++)
		relays_release(&all, r[i]);
	ck_assert_int_eq(relays_expire(&all, NOW), NOW + SECOND);
	ck_assert_int_eq(mincore(all.table, page, &here), 0);
	ck_assert_int_eq(here & 1, 1);
	ck_assert_int_eq(relays_expire(&all, NOW + SECOND), -1);
	ck_assert_int_eq(mincore(all.table, page, &here), 0);
	ck_assert_int_eq(here & 1, 0);
	/* Its free list and chains are empty, too. */
	r[1] = relays_reserve(&all, 7, 8, 1, 0, NOW);
	ck_assert_uint_eq(relays_index(&all, r[1]), 0);
	ck_assert_ptr_null(relays_find(&all, 100001));
	relays_started(&all, r[1], 100001);
	ck_assert_ptr_eq(relays_find(&all, 100001), r[1]);
	relays_release(&all, r[1]);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, one_is_found_by_session_and_pid);
	tcase_add_test(tc, those_that_start_are_in_order);
	tcase_add_test(tc, its_channel_is_watched_and_ends);
	tcase_add_test(tc, one_that_does_not_end_is_killed);
	tcase_add_test(tc, only_one_that_serves_is_told_of_a_cut);
	tcase_add_test(tc, what_is_kept_has_no_deadline_until_the_stop);
	tcase_add_test(tc, one_that_is_not_believed_is_killed_at_once);
	tcase_add_test(tc, they_are_restored);
	tcase_add_test(tc, an_empty_table_gives_its_pages_back);
}

int
main(void)
{
	return unit_run("relays", add_tests);
}
