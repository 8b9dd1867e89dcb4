/*
 * check_keeper.c -- the daemon's side of a keeper: messages, and keepers that
 * are silent, lost or replaced.  The test acts as the keeper.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "haild/relays/keeper.h"
#include "lib/io.h"
#include "lib/log.h"

#define NOW (1000 * SECOND)

static struct keepers k;
static struct relays relays;
static struct config config;
static struct arena arena;
static struct keeper_setup setup;
static struct keeper_client client;
static struct keeper_relay reply;
static struct message m;

/* Run as the keeper in ROLE.  Returns its end of the channel. */
static int
run(enum keeper_role role)
{
	struct keeper *p = &k.list[role];
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*p = (struct keeper) { .fd = pair[0],
		.number = ++k.number,
		.due = NOW + KEEPER_START_TIME };
	if ((p->pid = fork()) == 0)
		for (;;)
			pause();
	ck_assert_int_gt(p->pid, 0);
	return pair[1];
}

static void
become_ready(enum keeper_role role, int fd)
{
	ck_assert_int_eq(message_send(fd, KEEPER_READY, NULL, 0, 0), 0);
	ck_assert(!keepers_receive(&k, (int)role, &reply));
}

/* Send a client, and enter its relay.  Returns whether that succeeded. */
static bool
send_client(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uint32_t number = keepers_send(&k, &client, (int[]) { null, null });

	close(null);
	if (number == 0)
		return false;
	ck_assert_ptr_nonnull(relays_reserve(
	    &relays, client.slot, client.serial, number, 0, NOW));
	return true;
}

static void
enter(void)
{
	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	keepers_create(&k);
	ck_assert_int_eq(relays_create(&relays), 0);
	k.wanted = true;
	client = (struct keeper_client) { .slot = 7, .serial = 8 };
	setup = (struct keeper_setup) { .config = &config,
		.arena = &arena,
		.program = open("/bin/sleep", O_RDONLY | O_CLOEXEC),
		.devnull = open("/dev/null", O_RDWR | O_CLOEXEC),
		.empty = -1 };
	arena.fd = setup.devnull;
}

static void
leave(void)
{
	keepers_finish(&k);
	close(relays.epoll);
	close(setup.program);
	close(setup.devnull);
}

static int64_t
expire(int64_t now)
{
	return keepers_expire(&k, &relays, &setup, now);
}

START_TEST(only_services_that_are_served_need_one)
{
	struct service services[] = { { .name = "a" }, { .name = "b" } };

	config.services = services;
	config.nservices = 2;
	ck_assert(!keepers_are_needed(&config));
	services[1].tls = true;
	ck_assert(keepers_are_needed(&config));
	services[1].disable = true;
	ck_assert(!keepers_are_needed(&config));
	services[1].disable = false;
	services[1].missing = "a key";
	ck_assert(!keepers_are_needed(&config));
}
END_TEST

START_TEST(a_client_is_sent_before_it_is_ready)
{
	int fd = run(KEEPER_NOW);
	struct keeper_client got;

	ck_assert(send_client());
	ck_assert_int_eq(
	    message_receive(fd, keeper_kinds, MESSAGE_BIT(KEEPER_CLIENT), &m,
		&got, sizeof(got), MSG_DONTWAIT),
	    MESSAGE_OK);
	ck_assert_uint_eq(m.nfds, 2);
	ck_assert_uint_eq(got.slot, 7);
	close(m.fds[0]);
	close(m.fds[1]);
	/* It must be ready first. */
	ck_assert_int_eq(expire(NOW + KEEPER_SILENCE), NOW + KEEPER_START_TIME);
	become_ready(KEEPER_NOW, fd);
	reply = (struct keeper_relay) { 7, 8, 900, 0 };
	ck_assert_int_eq(
	    message_send(fd, KEEPER_RELAY, &reply, sizeof(reply), 0), 0);
	memset(&reply, 0, sizeof(reply));
	ck_assert(keepers_receive(&k, KEEPER_NOW, &reply));
	ck_assert_int_eq(reply.pid, 900);
	ck_assert(!keepers_receive(&k, KEEPER_NOW, &reply));
	close(fd);
}
END_TEST

START_TEST(clients_wait_while_it_has_many)
{
	int fd;

	ck_assert_int_eq(keepers_busy(&k, 0), ESRCH);
	ck_assert(!send_client());
	ck_assert_int_eq(errno, ESRCH);
	fd = run(KEEPER_NOW);
	ck_assert_int_eq(keepers_busy(&k, 0), 0);
	ck_assert_int_eq(keepers_busy(&k, KEEPER_CLIENTS_MAX - 1), 0);
	ck_assert_int_eq(keepers_busy(&k, KEEPER_CLIENTS_MAX), EAGAIN);
	close(fd);
}
END_TEST

/* What is sent when, and whether the keeper is kept. */
static const struct {
	bool ready;
	uint32_t type;
	size_t length;
	bool kept;
} messages[] = {
	{ false, KEEPER_READY, 0, true },
	{ false, KEEPER_RELAY, sizeof(struct keeper_relay), false },
	{ true, KEEPER_READY, 0, false },
	{ true, KEEPER_RELAY, sizeof(struct keeper_relay) - 1, false },
	{ true, KEEPER_CLIENT, sizeof(struct keeper_client), false },
	{ true, KEEPER_START, sizeof(struct keeper_start), false },
	{ true, 31, 0, false },
};

START_TEST(an_invalid_message_ends_it)
{
	static const char zeros[512];
	int fd = run(KEEPER_NOW);

	if (messages[_i].ready)
		become_ready(KEEPER_NOW, fd);
	ck_assert_int_eq(
	    message_send(fd, messages[_i].type, zeros, messages[_i].length, 0),
	    0);
	ck_assert(!keepers_receive(&k, KEEPER_NOW, &reply));
	ck_assert_int_eq(k.list[KEEPER_NOW].fd != -1, messages[_i].kept);
	ck_assert_int_eq(keepers_has(&k, 1), messages[_i].kept);
	close(fd);
}
END_TEST

START_TEST(a_silent_one_is_replaced)
{
	int fd = run(KEEPER_NOW);

	become_ready(KEEPER_NOW, fd);
	ck_assert_int_eq(expire(NOW), -1);
	ck_assert(send_client());
	ck_assert_int_eq(expire(NOW), NOW + KEEPER_SILENCE);
	ck_assert(keepers_has(&k, 1));
	expire(NOW + KEEPER_SILENCE);
	ck_assert(!keepers_has(&k, 1));
	ck_assert(keepers_has(&k, 2));
	close(fd);
}
END_TEST

START_TEST(replacements_are_bounded)
{
	int64_t next;
	int i;

	for (i = 0; i < KEEPER_STARTS; i++) {
		ck_assert_int_eq(expire(NOW), NOW + KEEPER_START_TIME);
		ck_assert_int_ne(k.list[KEEPER_NOW].fd, -1);
		keepers_lose(&k, KEEPER_NOW, "was ended");
	}
	next = expire(NOW);
	ck_assert_int_gt(next, NOW);
	ck_assert_int_le(next, NOW + 60 * SECOND / KEEPER_STARTS);
	ck_assert_int_eq(k.list[KEEPER_NOW].fd, -1);
	expire(next);
	ck_assert_int_ne(k.list[KEEPER_NOW].fd, -1);
}
END_TEST

START_TEST(an_exit_of_either_process_counts)
{
	const siginfo_t info = { .si_code = CLD_EXITED, .si_status = 1 };
	int fd = run(KEEPER_NOW);

	k.list[KEEPER_NOW].signer = 4242;
	ck_assert(!keepers_exited(&k, 4243, &info));
	ck_assert(keepers_have(&k, 4242));
	ck_assert(
	    keepers_exited(&k, _i == 0 ? 4242 : k.list[KEEPER_NOW].pid, &info));
	ck_assert_int_eq(k.list[KEEPER_NOW].fd, -1);
	ck_assert(!keepers_have(&k, 4242));
	close(fd);
}
END_TEST

START_TEST(a_reload_replaces_it_when_all_is_ready)
{
	int now = run(KEEPER_NOW), next;

	become_ready(KEEPER_NOW, now);
	ck_assert(send_client());
	next = run(KEEPER_NEXT);
	become_ready(KEEPER_NEXT, next);
	ck_assert(keepers_next_runs(&k));
	/* Clients go to the present one. */
	ck_assert(send_client());
	keepers_switch(&k, true);
	ck_assert(!keepers_next_runs(&k));
	ck_assert_uint_eq(k.list[KEEPER_NOW].number, 2);
	/* The old one is ended when it has answered for its clients. */
	expire(NOW);
	ck_assert(keepers_has(&k, 1));
	relays_started(&relays, relays_oldest(&relays), 900);
	expire(NOW);
	ck_assert(keepers_has(&k, 1));
	relays_started(&relays, relays_oldest(&relays), 901);
	expire(NOW);
	ck_assert(!keepers_has(&k, 1));
	ck_assert(keepers_has(&k, 2));
	close(now);
	close(next);
}
END_TEST

START_TEST(a_configuration_without_tls_has_none)
{
	int now = run(KEEPER_NOW);

	keepers_switch(&k, false);
	ck_assert_int_eq(expire(NOW), NOW + KEEPER_START_TIME);
	become_ready(KEEPER_BEFORE, now);
	ck_assert_int_eq(expire(NOW), -1);
	ck_assert(!keepers_has(&k, 1));
	close(now);
}
END_TEST

START_TEST(a_new_one_is_ready_before_a_crash_replaces_the_old)
{
	int now = run(KEEPER_NOW);

	become_ready(KEEPER_NOW, now);
	keepers_renew(&k);
	expire(NOW);
	ck_assert(keepers_has(&k, 2));
	ck_assert(!keepers_next_runs(&k)); /* not a reload's */
	ck_assert_uint_eq(k.list[KEEPER_NOW].number, 1);
	/* as if it had said so */
	k.list[KEEPER_NEXT].ready = true;
	keepers_cancel(&k);
	ck_assert(k.renew);
	close(run(KEEPER_NEXT));
	k.renewing = true;
	/* Lost meanwhile, the old one is replaced even before. */
	keepers_lose(&k, KEEPER_NOW, "was ended");
	expire(NOW);
	ck_assert_uint_eq(k.list[KEEPER_NOW].number, 3);
	ck_assert(!k.renew);
	close(now);
}
END_TEST

START_TEST(a_reload_takes_the_place_of_a_replacement)
{
	int now = run(KEEPER_NOW);

	become_ready(KEEPER_NOW, now);
	keepers_renew(&k);
	expire(NOW);
	ck_assert_int_eq(keepers_prepare(&k, &setup, NOW), 0);
	ck_assert(keepers_next_runs(&k));
	ck_assert(!keepers_has(&k, 2));
	ck_assert(keepers_has(&k, 3));
	close(now);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, only_services_that_are_served_need_one);
	tcase_add_test(tc, a_client_is_sent_before_it_is_ready);
	tcase_add_test(tc, clients_wait_while_it_has_many);
	tcase_add_loop_test(
	    tc, an_invalid_message_ends_it, 0, (int)COUNT(messages));
	tcase_add_test(tc, a_silent_one_is_replaced);
	tcase_add_test(tc, replacements_are_bounded);
	tcase_add_loop_test(tc, an_exit_of_either_process_counts, 0, 2);
	tcase_add_test(tc, a_reload_replaces_it_when_all_is_ready);
	tcase_add_test(tc, a_configuration_without_tls_has_none);
	tcase_add_test(tc, a_new_one_is_ready_before_a_crash_replaces_the_old);
	tcase_add_test(tc, a_reload_takes_the_place_of_a_replacement);
}

int
main(void)
{
	return unit_run("keeper", add_tests);
}
