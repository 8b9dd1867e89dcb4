/*
 * check_reaper.c -- children that have exited, and events that come too late.
 */

#include "tests/unit/unit.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/reaper.h"
#include "lib/io.h"
#include "lib/log.h"

#define NOW (1000 * SECOND)

static struct server server;
static struct service_stats *stats;
static const struct service service = {
	.name = "x", .handler = HANDLER_EXEC, .kill_grace = SECOND
};
static const struct config config = {
	.services = (struct service *)&service, .nservices = 1, .max_load = -1
};

static bool group_killed; /* of a child that has exited, and */
static bool was_a_zombie; /* held its pid then */

int
kill(pid_t pid, int sig)
{
	siginfo_t info = { 0 };

	if (sig == SIGKILL && pid < -1) {
		group_killed = true;
		was_a_zombie = waitid(P_PID, (id_t)-pid, &info,
				   WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid == -pid;
	}
	return (int)syscall(SYS_kill, pid, sig);
}

static void
enter(void)
{
	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	TAILQ_INIT(&server.all_stats);
	server.config = server.admission.config = &config;
	ck_assert_int_eq(sources_create(&server.admission.sources), 0);
	ck_assert_int_eq(children_create(&server.children), 0);
	ck_assert_int_eq(leftovers_create(&server.leftovers), 0);
	server.hangups = epoll_create1(EPOLL_CLOEXEC);
	ck_assert_int_ge(server.hangups, 0);
	ck_assert_ptr_nonnull(
	    stats = service_stats_get(&server.all_stats, "x"));
}

static struct child *
reserve(void)
{
	static const struct client client = { .addr.sa.sa_family = AF_UNIX };
	static const struct source_refs refs;

	return children_reserve(
	    &server.children, &service, stats, &client, &refs, NOW);
}

/*
 * A child that waits for a signal, or is killed at once.  It does not exit:
 * valgrind would look for leaks in tables that are not mapped in it, which
 * takes seconds, and a hundred of them minutes.
 */
static struct child *
start(bool ends)
{
	struct child *c = reserve();
	pid_t pid;

	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL); /* nohup(1) ignores it */
	if ((pid = fork()) == 0)
		for (;;)
			pause();
	ck_assert_int_gt(pid, 0);
	setpgid(pid, pid);
	if (ends)
		kill(pid, SIGKILL);
	children_started(&server.children, c, pid, -1);
	return c;
}

/* --- events --- */

/* Two ends of a TCP connection; the first is watched for C's SERIAL. */
static void
watch(int ends[2], const struct child *c, uint32_t serial)
{
	struct epoll_event ev = { .events = EPOLLONESHOT };
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(
	    bind(listening, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(
	    getsockname(listening, (struct sockaddr *)&in, &len), 0);
	ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(
	    connect(ends[1], (struct sockaddr *)&in, sizeof(in)), 0);
	ends[0] = accept(listening, NULL, NULL);
	ck_assert_int_ge(ends[0], 0);
	close(listening);
	ev.data.u64 =
	    (uint64_t)serial << 32 | (uint32_t)(c - server.children.slots);
	ck_assert_int_eq(
	    epoll_ctl(server.hangups, EPOLL_CTL_ADD, ends[0], &ev), 0);
}

/* At a time of its own: more often than four times a second it does nothing. */
static void
look(void)
{
	static int64_t now = NOW;

	server.reaping.watching = true;
	reaper_hangups(&server, now);
	now += SECOND;
}

static void
reset(int fd)
{
	static const struct linger none = { .l_onoff = 1 };

	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
	close(fd);
}

START_TEST(a_reset_ends_the_session)
{
	struct child *c = start(false);
	int ends[2];

	watch(ends, c, c->serial);
	look();
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	reset(ends[1]);
	look();
	ck_assert_int_eq(c->ending, OUTCOME_DISCONNECT);
	unit_wait(c->pid);
}
END_TEST

START_TEST(an_orderly_close_does_not)
{
	struct child *c = start(false);
	int ends[2];

	watch(ends, c, c->serial);
	shutdown(ends[0], SHUT_WR);
	close(ends[1]);
	ck_assert_int_eq(
	    io_wait(ends[0], POLLHUP, clock_now() + 9 * SECOND), POLLHUP);
	look();
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	kill(c->pid, SIGKILL);
	unit_wait(c->pid);
}
END_TEST

/* A leftover still has the client of a session that is over. */
START_TEST(an_event_of_an_earlier_session_does_not)
{
	struct child *c = reserve();
	uint32_t serial = c->serial;
	int ends[2];

	children_release(&server.children, c);
	ck_assert_ptr_eq(start(false), c);
	ck_assert_uint_ne(c->serial, serial);
	watch(ends, c, serial);
	reset(ends[1]);
	look();
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	kill(c->pid, SIGKILL);
	unit_wait(c->pid);
}
END_TEST

/* --- exits --- */

static void
wait_until_exited(pid_t pid)
{
	siginfo_t info;

	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

/*
 * The process group is killed while the zombie holds its number: afterwards it
 * may be another's.
 */
START_TEST(the_group_is_killed_before_the_pid_is_free)
{
	struct child *c = start(true);

	wait_until_exited(c->pid);
	reaper_reap(&server);
	ck_assert_uint_eq(server.children.live, 0);
	ck_assert(group_killed);
	ck_assert(was_a_zombie);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(a_turn_reaps_a_bounded_number)
{
	enum { N = 100 };
	pid_t pids[N];
	int i, turns = 0;

	for (i = 0; i < N; i++)
		pids[i] = start(true)->pid;
	for (i = 0; i < N; i++)
		wait_until_exited(pids[i]);
	do {
		reaper_reap(&server);
		turns++;
	} while (server.reaping.more);
	ck_assert_int_ge(turns, 2);
	while (server.children.live > 0)
		reaper_reap(&server);
	ck_assert_uint_eq(stats->usage.live, 0);
	ck_assert_uint_eq(server.leftovers.n, N);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, a_reset_ends_the_session);
	tcase_add_test(tc, an_orderly_close_does_not);
	tcase_add_test(tc, an_event_of_an_earlier_session_does_not);
	tcase_add_test(tc, the_group_is_killed_before_the_pid_is_free);
	tcase_add_test(tc, a_turn_reaps_a_bounded_number);
}

int
main(void)
{
	return unit_run("reaper", add);
}
