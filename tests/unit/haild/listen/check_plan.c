/*
 * check_plan.c -- the listeners of a configuration: planned, then committed or
 * cancelled.  On loopback and in a directory of the test's own.
 */

#include "tests/unit/logged.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "haild/listen/handover.h"
#include "haild/listen/plan.h"
#include "lib/log.h"
#include "haild/children/service_stats.h"

/* --- what all of them need --------------------------------------------------
 */

static char cwd[64];
static struct service_stats_list all_stats;
static struct listeners have, plan;

static void
enter(void)
{
	unit_enter_dir();
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	log_to_file();
	TAILQ_INIT(&all_stats);
}

static void
leave(void)
{
	static const struct config none;

	listeners_close(&have);
	listeners_close(&plan);
	service_stats_forget(&all_stats, &none);
	unit_leave_dir();
}

static void __attribute__((format(printf, 1, 2)))
check_logged(const char *fmt, ...)
{
	char want[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	ck_assert_str_eq(logged(), want);
}

static const char *
in_cwd(const char *name)
{
	static char path[4][128];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", cwd, name);
	return path[i];
}

/* How many descriptors there are. */
static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int
option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, name, &value, &len), 0);
	return value;
}

static struct addr
tcp(const char *host, unsigned int port)
{
	struct addr a;

	ck_assert_int_eq(addr_from_numeric(&a, host, port), 0);
	return a;
}

static struct addr
at_path(const char *name)
{
	struct addr a;

	ck_assert_int_eq(addr_from_path(&a, in_cwd(name)), 0);
	return a;
}

static int
connects(const struct addr *a)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM, 0), result;

	ck_assert_int_ge(fd, 0);
	result = connect(fd, &a->sa, a->len);
	close(fd);
	return result == 0;
}

/* A listening socket that is not ours yet. */
static int
foreign(struct addr *a, bool dual)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM, 0), only = !dual;

	ck_assert_int_ge(fd, 0);
	if (a->sa.sa_family == AF_INET6)
		ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
				     &only, sizeof(only)),
		    0);
	ck_assert_int_eq(bind(fd, &a->sa, a->len), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	if (a->sa.sa_family != AF_UNIX)
		ck_assert_int_eq(getsockname(fd, &a->sa, &a->len), 0);
	return fd;
}

/* It is in HAVE as inherit.c puts it there. */
static void
inherit(int fd, struct addr a, bool dual)
{
	have.list = reallocarray(have.list, have.n + 1, sizeof(*have.list));
	ck_assert_ptr_nonnull(have.list);
	have.list[have.n++] = (struct listener) { .fd = fd,
		.addr = a,
		.wanted = a,
		.dual = dual,
		.inherited = true };
}

/* --- configurations ---------------------------------------------------------
 */

#define ENDPOINTS 4

/* Made anew by each test: nothing, then services, then their endpoints. */
static struct service services[4];
static struct endpoint endpoints[4][ENDPOINTS];
static struct config config;

static void
configure(void)
{
	memset(services, 0, sizeof(services));
	memset(endpoints, 0, sizeof(endpoints));
	config = (struct config) { .services = services };
}

static struct service *
serve(const char *name, struct addr a)
{
	struct service *s = &services[config.nservices];

	ck_assert_uint_lt(config.nservices, COUNT(services));
	*s = (struct service) { .name = name,
		.endpoints = endpoints[config.nservices++],
		.nendpoints = 1,
		.backlog = 7,
		.socket_uid = -1,
		.socket_gid = -1,
		.socket_mode = 0600 };
	endpoints[s - services][0].addr = a;
	return s;
}

static void
serve_also(struct service *s, struct addr a, bool twin)
{
	ck_assert_uint_lt(s->nendpoints, ENDPOINTS);
	endpoints[s - services][s->nendpoints].addr = a;
	endpoints[s - services][s->nendpoints++].twin = twin;
}

static int
plan_all(bool alone)
{
	return listeners_plan(
	    &plan, &config, &have, &all_stats, alone, LOG_ERR);
}

/* As reload.c does it: what was planned is what we have. */
static void
commit(void)
{
	struct listeners old = have;

	listeners_commit(&plan, &old);
	have = plan;
	plan.list = NULL;
	plan.n = 0;
	listeners_close(&old);
}

/* A configuration with one service is carried out; returns its listener. */
static const struct listener *
serving(const char *name, struct addr a)
{
	configure();
	serve(name, a);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 1);
	logged();
	return &have.list[0];
}

/* --- new ones ---------------------------------------------------------------
 */

START_TEST(new_ones_are_opened)
{
	const struct listener *l;
	int fds = count_fds();

	configure();
	serve("a", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_str_eq(logged(), "");
	commit();
	ck_assert_uint_eq(have.n, 1);
	l = &have.list[0];
	ck_assert_ptr_eq(l->service, services);
	ck_assert_ptr_eq(l->stats, TAILQ_FIRST(&all_stats));
	ck_assert_str_eq(l->stats->name, "a");
	ck_assert(!l->stats->out);
	ck_assert(!l->kept);
	ck_assert(!l->dual);
	ck_assert_uint_eq(addr_port(&l->wanted), 0);
	ck_assert_uint_ne(addr_port(&l->addr), 0);
	ck_assert_int_eq(option(l->fd, SO_ACCEPTCONN), 1);
	ck_assert_int_eq(fcntl(l->fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ne(fcntl(l->fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert(connects(&l->addr));
	check_logged(
	    "test: a: listening on 127.0.0.1:%u\n", addr_port(&l->addr));
	listeners_close(&have);
	ck_assert_int_eq(count_fds(), fds);
}
END_TEST

START_TEST(a_disabled_service_gets_none)
{
	configure();
	serve("a", tcp("127.0.0.1", 0))->disable = true;
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_uint_eq(plan.n, 0);
	ck_assert(TAILQ_EMPTY(&all_stats));
}
END_TEST

START_TEST(a_path_gets_its_mode_and_is_removed)
{
	const struct listener *l;
	struct stat st;

	configure();
	serve("a", at_path("s"))->socket_mode = 0660;
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	l = &have.list[0];
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	ck_assert_uint_eq(l->dev, st.st_dev);
	ck_assert_uint_eq(l->ino, st.st_ino);
	ck_assert(connects(&l->addr));
	listeners_close(&have);
	ck_assert_int_eq(lstat("s", &st), -1);
}
END_TEST

/* --- those that stay --------------------------------------------------------
 */

START_TEST(one_that_is_bound_there_is_kept)
{
	const struct listener *l = serving("a", tcp("127.0.0.1", 0));
	unsigned int port = addr_port(&l->addr);
	int fd = l->fd, fds = count_fds();

	/* by its address, whichever service had it */
	configure();
	serve("b", tcp("127.0.0.1", port));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert(plan.list[0].kept);
	ck_assert(have.list[0].kept);
	commit();
	ck_assert_uint_eq(have.n, 1);
	l = &have.list[0];
	ck_assert_int_eq(l->fd, fd);
	ck_assert(!l->kept);
	ck_assert_str_eq(l->stats->name, "b");
	ck_assert_ptr_eq(l->service, services);
	ck_assert(connects(&l->addr));
	ck_assert_int_eq(count_fds(), fds);
	/* that it listens there is no news */
	ck_assert_str_eq(logged(), "");
}
END_TEST

/* A port is one over TCP and another over UDP. */
START_TEST(udp_is_not_tcp)
{
	const struct listener *l = serving("a", tcp("127.0.0.1", 0));
	struct addr at = l->addr;
	const char *text;

	configure();
	serve("b", at)->wait = true;
	endpoints[0][0].dgram = true;
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert(!plan.list[0].kept);
	commit();
	ck_assert_uint_eq(have.n, 1);
	l = &have.list[0];
	ck_assert(l->dgram);
	ck_assert_int_eq(option(l->fd, SO_TYPE), SOCK_DGRAM);
	ck_assert_uint_eq(addr_port(&l->addr), addr_port(&at));
	ck_assert(!connects(&at));
	text = logged();
	ck_assert_msg(
	    strstr(text, "b: listening on udp:127.0.0.1:") != NULL, "%s", text);
}
END_TEST

/* The child's pid and the pause move to the new list. */
START_TEST(a_wait_socket_is_kept_by_its_child)
{
	const struct listener *l = serving("a", tcp("127.0.0.1", 0));
	struct addr at = l->addr;

	ck_assert_int_ne(fcntl(l->fd, F_GETFL) & O_NONBLOCK, 0);
	configure();
	serve("a", at)->wait = true;
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_int_eq(fcntl(have.list[0].fd, F_GETFL) & O_NONBLOCK, 0);
	have.list[0].wait_socket.pid = 812;
	have.list[0].paused_until = 7;

	/* while the child has it, it goes on blocking */
	configure();
	serve("a", at);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_int_eq(have.list[0].wait_socket.pid, 812);
	ck_assert_int_eq(have.list[0].paused_until, 7);
	ck_assert_int_eq(fcntl(have.list[0].fd, F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

/* Of the sockets that no service wants any more, those that a child has stay.
 */
START_TEST(a_wait_socket_that_is_not_wanted_is_parked)
{
	struct listeners old;
	struct addr at;

	configure();
	serve("a", tcp("127.0.0.1", 0))->wait = true;
	serve("b", tcp("127.0.0.1", 0))->wait = true;
	serve("c", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	have.list[0].wait_socket.pid = 812;
	at = have.list[0].addr;

	configure();
	serve("c", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	old = have;
	listeners_commit(&plan, &old);
	listeners_park(&plan, &old, &config, 0);
	listeners_close(&old);
	have = plan;
	plan.list = NULL;
	plan.n = 0;
	ck_assert_uint_eq(have.n, 2);
	ck_assert_int_eq(have.list[1].wait_socket.pid, 812);
	ck_assert_ptr_null(have.list[1].service);
	ck_assert(addr_equal(&have.list[1].addr, &at));
	ck_assert(connects(&at));

	/* until the child ends */
	ck_assert_ptr_eq(listeners_returned(&have, 812, SECOND), &have.list[1]);
	listeners_drop(&have, &have.list[1]);
	ck_assert_uint_eq(have.n, 1);
	ck_assert(!connects(&at));
}
END_TEST

/* --- an address that goes from one socket to another (fault 74) -------------
 */

/* PLAN is committed as reload.c does it, at NOW. */
static void
commit_at(int64_t now)
{
	struct listeners old = have;
	size_t i;

	listeners_commit(&plan, &old);
	for (i = 0; i < old.n; i++)
		if (old.list[i].fd != -1 && old.list[i].closing_at == 0 &&
		    !old.list[i].inherited)
			handover_hide(&old.list[i]);
	listeners_park(&plan, &old, &config, now);
	listeners_close(&old);
	have = plan;
	plan.list = NULL;
	plan.n = 0;
}

/* How many clients are in L's queue; they are taken out. */
static int
queued(const struct listener *l)
{
	int n = 0, fd;

	while ((fd = accept(l->fd, NULL, NULL)) != -1) {
		close(fd);
		n++;
	}
	return n;
}

static void
check_move(const char *from, const char *to)
{
	const struct listener *l = serving("a", tcp(from, 0));
	unsigned int port = addr_port(&l->addr);
	struct addr both = tcp("127.0.0.1", port);

	configure();
	serve("a", tcp(to, port));
	ck_assert_int_eq(plan_all(false), 0);
	/* until it is committed, the old one gets the clients */
	ck_assert(connects(&both));
	ck_assert_int_eq(queued(&have.list[0]), 1);
	ck_assert(connects(&both));
	commit_at(1);
	ck_assert_uint_eq(have.n, 2);
	ck_assert_int_eq(have.list[1].closing_at, 1 + HANDOVER_TIME);
	ck_assert_int_eq(listeners_next_close(&have), 1 + HANDOVER_TIME);
	/* then the new one does; and the queue of the old one is as it was */
	ck_assert(connects(&both));
	ck_assert_int_eq(queued(&have.list[0]), 1);
	ck_assert_int_eq(queued(&have.list[1]), 1);
	ck_assert_int_eq(option(have.list[0].fd, SO_REUSEPORT), 0);
	/* back again, while the old one is still there */
	configure();
	serve("a", tcp(from, port));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert(!plan.list[0].kept);
	commit_at(2);
	ck_assert_uint_eq(have.n, 3);
	ck_assert(connects(&both));
	ck_assert_int_eq(queued(&have.list[0]), 1);
	/* those whose time it is are closed at the next reload at the latest */
	ck_assert_int_eq(plan_all(false), 0);
	commit_at(2 + HANDOVER_TIME);
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(listeners_next_close(&have), -1);
	ck_assert(connects(&both));
}

START_TEST(one_address_becomes_all)
{
	check_move("127.0.0.1", "0.0.0.0");
}
END_TEST

START_TEST(all_addresses_become_one)
{
	check_move("0.0.0.0", "127.0.0.1");
}
END_TEST

START_TEST(a_move_can_be_cancelled)
{
	const struct listener *l = serving("a", tcp("127.0.0.1", 0));
	unsigned int port = addr_port(&l->addr);
	struct addr at = l->addr;

	configure();
	serve("a", tcp("0.0.0.0", port));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_int_eq(option(have.list[0].fd, SO_REUSEPORT), 1);
	ck_assert(connects(&at));
	listeners_cancel(&plan, &have);
	ck_assert(connects(&at));
	ck_assert_int_eq(queued(&have.list[0]), 2);
	ck_assert_int_eq(option(have.list[0].fd, SO_REUSEPORT), 0);
	ck_assert(!have.list[0].shared);
	ck_assert_str_eq(logged(), "");
}
END_TEST

/* A plan may have put it out before it is cancelled. */
START_TEST(a_service_stays_in_service_after_a_cancel)
{
	struct addr busy = tcp("127.0.0.1", 0);
	int fd = foreign(&busy, false);

	serving("a", tcp("127.0.0.1", 0));
	configure();
	serve("a", busy);
	ck_assert_int_eq(plan_all(true), 0);
	ck_assert(have.list[0].stats->out);
	listeners_cancel(&plan, &have);
	ck_assert(!have.list[0].stats->out);
	close(fd);
}
END_TEST

START_TEST(a_removed_service_keeps_no_hidden_socket)
{
	serving("a", tcp("127.0.0.1", 0));
	configure();
	serve("b", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	commit_at(1);
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(have.list[0].closing_at, 0);
}
END_TEST

/* Datagrams in its queue stay; later ones go elsewhere, until it is shown. */
START_TEST(a_udp_socket_can_be_hidden_and_shown)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct listener *l;
	char c;

	configure();
	serve("a", tcp("127.0.0.1", 0));
	endpoints[0][0].dgram = true;
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	/* A port that the kernel chose is given up with the connection. */
	endpoints[0][0].addr = have.list[0].addr;
	listeners_close(&have);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	l = &have.list[0];
	ck_assert_int_eq(connect(fd, &l->addr.sa, l->addr.len), 0);
	ck_assert_int_eq(send(fd, "1", 1, 0), 1);
	handover_hide(l);
	send(fd, "2", 1, 0); /* an ICMP error comes back */
	handover_show(l);
	send(fd, "3", 1, 0);
	if (send(fd, "3", 1, 0) == -1) /* the error of before */
		ck_assert_int_eq(send(fd, "3", 1, 0), 1);
	ck_assert_int_eq(recv(l->fd, &c, 1, MSG_DONTWAIT), 1);
	ck_assert_int_eq(c, '1');
	ck_assert_int_eq(recv(l->fd, &c, 1, MSG_DONTWAIT), 1);
	ck_assert_int_eq(c, '3');
	close(fd);
}
END_TEST

/* --- a Unix socket without its file (fault 73) ------------------------------
 */

/* --- drained services --------------------------------------------------------
 */

/* As drain.c does it.  Returns what was appended to an empty text. */
static const char *
drain(struct service_stats *stats, bool drained)
{
	static char text[256];

	*text = '\0';
	stats->drained = drained;
	stats->replan = true;
	ck_assert_int_eq(listeners_replan(&plan, &config, &have, &all_stats,
			     text, sizeof(text)),
	    0);
	stats->replan = false;
	commit();
	return text;
}

START_TEST(a_drained_service_has_no_listener_until_it_resumes)
{
	struct service_stats *a;
	struct addr at;
	int other;

	configure();
	serve("a", at_path("s"));
	serve("b", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	at = have.list[0].addr;
	other = have.list[1].fd;
	a = have.list[0].stats;
	logged();
	ck_assert_str_eq(drain(a, true), "");
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(have.list[0].fd, other);
	ck_assert(!connects(&at));
	/* neither a reload nor a service that is out changes that */
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 1);
	ck_assert_str_eq(logged(), "");
	ck_assert_str_eq(drain(a, false), "");
	ck_assert_uint_eq(have.n, 2);
	ck_assert(connects(&at));
	ck_assert_int_eq(have.list[0].fd, other);
}
END_TEST

START_TEST(a_service_whose_address_is_taken_stays_drained)
{
	struct service_stats *a;
	struct addr at;
	char want[128];
	int fd;

	at = serving("a", tcp("127.0.0.1", 0))->addr;
	endpoints[0][0].addr = at;
	serve_also(services, tcp("127.0.0.1", 0), false);
	a = have.list[0].stats;
	drain(a, true);
	ck_assert_uint_eq(have.n, 0);
	fd = foreign(&at, false);
	snprintf(want, sizeof(want),
	    "a: cannot listen on 127.0.0.1:%u: Address already in use\n",
	    addr_port(&at));
	ck_assert_str_eq(drain(a, false), want);
	ck_assert(a->drained);
	ck_assert(!a->out);
	ck_assert_uint_eq(have.n, 0);
	close(fd);
	ck_assert_str_eq(drain(a, false), "");
	ck_assert(!a->drained);
	ck_assert_uint_eq(have.n, 2);
}
END_TEST

START_TEST(a_drained_service_keeps_an_inherited_socket)
{
	struct addr at = tcp("127.0.0.1", 0);
	int fd = foreign(&at, false);

	inherit(fd, at, false);
	configure();
	serve("a", at);
	serve_also(services, tcp("127.0.0.1", 0), false);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 2);
	ck_assert(!listener_refuses(&have.list[0]));
	drain(have.list[0].stats, true);
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert(listener_refuses(&have.list[0]));
	ck_assert_ptr_eq(have.list[0].service, services);
	drain(have.list[0].stats, false);
	ck_assert_uint_eq(have.n, 2);
	ck_assert(!listener_refuses(&have.list[0]));
}
END_TEST

START_TEST(a_removed_path_is_made_again)
{
	const struct listener *l = serving("a", at_path("s"));
	struct addr path = l->addr;
	ino_t ino = l->ino;

	ck_assert_int_eq(unlink("s"), 0);
	ck_assert(!connects(&path));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert(!plan.list[0].kept);
	ck_assert(connects(&path));
	commit();
	ck_assert_uint_eq(have.n, 1);
	ck_assert_uint_ne(have.list[0].ino, ino);
	ck_assert(connects(&path));
}
END_TEST

START_TEST(a_removed_path_stays_so_after_a_cancel)
{
	struct addr path = serving("a", at_path("s"))->addr;

	ck_assert_int_eq(unlink("s"), 0);
	ck_assert_int_eq(plan_all(false), 0);
	listeners_cancel(&plan, &have);
	ck_assert(!connects(&path));
	ck_assert_int_eq(access("s", F_OK), -1);
}
END_TEST

/* Another program's UDP socket may allow it, ours do not. */
START_TEST(two_cannot_share_a_udp_port)
{
	struct addr at = tcp("127.0.0.1", 0);
	int other = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	ck_assert_int_eq(
	    setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	ck_assert_int_eq(bind(other, &at.sa, at.len), 0);
	ck_assert_int_eq(getsockname(other, &at.sa, &at.len), 0);
	configure();
	serve("b", at)->wait = true;
	endpoints[0][0].dgram = true;
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: b: cannot listen on udp:127.0.0.1:%u: "
	    "Address already in use\n",
	    addr_port(&at));
	close(other);
}
END_TEST

START_TEST(port_0_is_kept_by_its_service)
{
	const struct listener *l = serving("a", tcp("127.0.0.1", 0));
	int fd = l->fd;

	configure();
	serve("a", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert_uint_eq(addr_port(&have.list[0].wanted), 0);

	/* and is not another one's */
	configure();
	serve("b", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_int_ne(plan.list[0].fd, fd);
	ck_assert(!have.list[0].kept);
	commit();
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(two_of_port_0_are_two)
{
	unsigned int ports[2];

	configure();
	serve("a", tcp("127.0.0.1", 0));
	serve_also(&services[0], tcp("127.0.0.1", 0), false);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 2);
	ports[0] = addr_port(&have.list[0].addr);
	ports[1] = addr_port(&have.list[1].addr);
	ck_assert_uint_ne(ports[0], ports[1]);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(addr_port(&have.list[0].addr), ports[0]);
	ck_assert_uint_eq(addr_port(&have.list[1].addr), ports[1]);
}
END_TEST

/* The mode of a file, and how many may wait, can change without a new socket.
 */
START_TEST(a_kept_path_gets_its_new_mode)
{
	const struct listener *l = serving("a", at_path("s"));
	int fd = l->fd;
	struct stat st;

	configure();
	serve("a", at_path("s"))->socket_mode = 0622;
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	commit();
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0622);
	/* it is still known as ours */
	listeners_close(&have);
	ck_assert_int_eq(lstat("s", &st), -1);
}
END_TEST

START_TEST(a_foreign_file_is_left_alone)
{
	struct stat st;

	serving("a", at_path("s"));
	ck_assert_int_eq(unlink("s"), 0);
	unit_write_file("s", "mine");
	ck_assert_int_eq(chmod("s", 0640), 0);

	/* a reload cannot listen there, as a start could not */
	configure();
	serve("a", at_path("s"))->socket_mode = 0666;
	ck_assert_int_eq(plan_all(true), 0);
	ck_assert_uint_eq(plan.n, 0);
	ck_assert(have.list[0].stats->out);
	check_logged(
	    "test: a: cannot listen on %s: File exists\n"
	    "test: a: out of service\n",
	    in_cwd("s"));
	commit();
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);

	/* its end */
	listeners_close(&have);
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert(S_ISREG(st.st_mode));
}
END_TEST

/* --- those that go ----------------------------------------------------------
 */

START_TEST(unwanted_listeners_stay_to_be_drained)
{
	struct addr path = at_path("s");
	struct listeners old;
	struct stat st;

	configure();
	serve("a", tcp("127.0.0.1", 0));
	serve("b", path);
	ck_assert_int_eq(plan_all(false), 0);
	commit();

	configure();
	serve("a", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	old = have;
	listeners_commit(&plan, &old);
	ck_assert_uint_eq(plan.n, 1);
	/* its place in the old list is empty, so that it is not closed */
	ck_assert_int_eq(old.list[0].fd, -1);
	ck_assert_int_ge(old.list[1].fd, 0);
	ck_assert(connects(&path));
	listeners_close(&old);
	ck_assert_ptr_null(old.list);
	ck_assert_uint_eq(old.n, 0);
	ck_assert_int_eq(lstat("s", &st), -1);
	have = plan;
	plan.n = 0;
	plan.list = NULL;
	ck_assert(connects(&have.list[0].addr));
}
END_TEST

/* --- plans that fail --------------------------------------------------------
 */

/* HAVE is what it was when WAS was copied from it. */
static void
check_untouched(const struct listener *was, size_t n)
{
	size_t i;

	ck_assert_uint_eq(have.n, n);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(have.list[i].fd, was[i].fd);
		ck_assert_ptr_eq(have.list[i].service, was[i].service);
		ck_assert_ptr_eq(have.list[i].stats, was[i].stats);
		ck_assert(addr_equal(&have.list[i].addr, &was[i].addr));
		ck_assert(!have.list[i].kept);
		if (was[i].addr.sa.sa_family != AF_UNIX)
			ck_assert_int_eq(option(was[i].fd, SO_ACCEPTCONN), 1);
	}
	ck_assert_ptr_null(plan.list);
	ck_assert_uint_eq(plan.n, 0);
}

START_TEST(one_failure_cancels_all)
{
	struct listener was = *serving("a", tcp("127.0.0.1", 0));
	struct addr busy = tcp("127.0.0.1", 0), path = at_path("s");
	int other = foreign(&busy, false), fds = count_fds();
	struct stat st;

	configure();
	serve("a", was.addr);
	serve("b", path);
	serve("c", busy);
	serve("d", tcp("192.0.2.1", 7890)); /* not ours: RFC 5737 */
	ck_assert_int_eq(plan_all(false), -1);
	/* all that is wrong is told */
	check_logged(
	    "test: c: cannot listen on 127.0.0.1:%u: "
	    "Address already in use\n"
	    "test: d: cannot listen on 192.0.2.1:7890: "
	    "Cannot assign requested address\n",
	    addr_port(&busy));
	was.service = have.list[0].service;
	check_untouched(&was, 1);
	ck_assert_int_eq(count_fds(), fds);
	ck_assert_int_eq(lstat("s", &st), -1);
	ck_assert(!was.stats->out);

	/* once the reason is gone it can be had, and the first is kept */
	close(other);
	config.nservices = 3;
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 3);
	ck_assert_int_eq(have.list[0].fd, was.fd);
}
END_TEST

START_TEST(a_missing_program_is_a_failure_too)
{
	struct listener was = *serving("a", tcp("127.0.0.1", 0));

	configure();
	serve("a", was.addr)->missing = "no program";
	ck_assert_int_eq(plan_all(false), -1);
	check_untouched(&was, 1);
}
END_TEST

START_TEST(a_plan_can_be_cancelled)
{
	struct listener was = *serving("a", at_path("old"));
	int fds = count_fds();
	struct stat st;

	configure();
	serve("a", at_path("old"));
	serve("b", at_path("new"));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_int_eq(lstat("new", &st), 0);
	listeners_cancel(&plan, &have);
	check_untouched(&was, 1);
	ck_assert_int_eq(count_fds(), fds);
	ck_assert_int_eq(lstat("new", &st), -1);
	ck_assert_int_eq(lstat("old", &st), 0);
	ck_assert(connects(&was.addr));
}
END_TEST

START_TEST(alone_one_service_goes_out)
{
	struct addr busy = tcp("127.0.0.1", 0);
	struct service_stats *b, *c;
	struct stat st;
	int other = foreign(&busy, false);

	configure();
	serve("a", tcp("127.0.0.1", 0));
	serve("b", at_path("s"));
	serve_also(&services[1], busy, false);
	serve("c", tcp("127.0.0.1", 0))->missing = "no program";
	ck_assert_int_eq(plan_all(true), 0);
	check_logged(
	    "test: b: cannot listen on 127.0.0.1:%u: "
	    "Address already in use\n"
	    "test: b: out of service\n"
	    "test: c: out of service\n",
	    addr_port(&busy));
	ck_assert_uint_eq(plan.n, 1);
	/* all of it: its other socket is closed again */
	ck_assert_int_eq(lstat("s", &st), -1);
	b = service_stats_get(&all_stats, "b");
	c = service_stats_get(&all_stats, "c");
	commit();
	ck_assert(!have.list[0].stats->out);
	ck_assert(b->out);
	ck_assert(c->out);

	/* and in again, with what was there kept */
	close(other);
	services[2].missing = NULL;
	ck_assert_int_eq(plan_all(true), 0);
	ck_assert_uint_eq(plan.n, 4);
	ck_assert(plan.list[0].kept);
	commit();
	ck_assert(!b->out);
	ck_assert(!c->out);
}
END_TEST

/* A retry is quiet, except about a service that was in service until now.
 */
START_TEST(out_of_service_is_logged_once)
{
	struct service_stats *a;

	serving("a", tcp("127.0.0.1", 0));
	a = have.list[0].stats;
	services[0].missing = "no program";
	ck_assert_int_eq(
	    listeners_plan(&plan, &config, &have, &all_stats, true, LOG_DEBUG),
	    0);
	ck_assert(a->out);
	log_init("test", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON, LOG_INFO);
	commit();
	ck_assert_uint_eq(have.n, 0);
	logged();
	a->out = false;
	ck_assert_int_eq(
	    listeners_plan(&plan, &config, &have, &all_stats, true, LOG_DEBUG),
	    0);
	ck_assert_str_eq(
	    logged(), "test: a: no program\ntest: a: out of service\n");
	commit();
	ck_assert_int_eq(
	    listeners_plan(&plan, &config, &have, &all_stats, true, LOG_DEBUG),
	    0);
	ck_assert_str_eq(logged(), "");
}
END_TEST

/* --- both families ----------------------------------------------------------
 */

/* "*:PORT", which is two endpoints. */
static void
serve_everywhere(const char *name, unsigned int port)
{
	serve_also(serve(name, tcp("0.0.0.0", port)), tcp("::", port), true);
}

START_TEST(a_pair_shares_its_port)
{
	int fds[2];

	configure();
	serve_everywhere("a", 0);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 2);
	ck_assert_uint_ne(addr_port(&have.list[0].addr), 0);
	ck_assert_uint_eq(
	    addr_port(&have.list[0].addr), addr_port(&have.list[1].addr));
	fds[0] = have.list[0].fd;
	fds[1] = have.list[1].fd;
	/* and both are kept */
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 2);
	ck_assert_int_eq(have.list[0].fd, fds[0]);
	ck_assert_int_eq(have.list[1].fd, fds[1]);
}
END_TEST

/* One half was there, the other belongs to another program. */
START_TEST(half_a_pair_is_given_back)
{
	struct listener was = *serving("a", tcp("0.0.0.0", 0));
	unsigned int port = addr_port(&was.addr);
	struct addr taken = tcp("::", port);
	int other = foreign(&taken, false), fds = count_fds();

	configure();
	serve_everywhere("a", port);
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: a: cannot listen on [::]:%u: "
	    "Address already in use\n",
	    port);
	was.service = have.list[0].service;
	check_untouched(&was, 1);
	ck_assert_int_eq(count_fds(), fds);

	/* The old configuration can be had again, and the new one later. */
	configure();
	serve("a", tcp("0.0.0.0", port));
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_int_eq(plan.list[0].fd, was.fd);
	listeners_cancel(&plan, &have);
	close(other);
	configure();
	serve_everywhere("a", port);
	ck_assert_int_eq(plan_all(false), 0);
	ck_assert_int_eq(plan.list[0].fd, was.fd);
	commit();
}
END_TEST

/* --- inherited --------------------------------------------------------------
 */

START_TEST(an_inherited_one_is_adopted)
{
	struct addr a = tcp("127.0.0.1", 0);
	int fd = foreign(&a, false);

	inherit(fd, a, false);
	configure();
	serve("a", a);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert_str_eq(have.list[0].stats->name, "a");
}
END_TEST

START_TEST(a_dual_one_is_both_halves)
{
	struct addr a = tcp("::", 0), v4;
	int fd = foreign(&a, true), fds = count_fds();

	inherit(fd, a, true);
	configure();
	serve_everywhere("a", addr_port(&a));
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert(have.list[0].dual);
	ck_assert_int_eq(count_fds(), fds);
	v4 = tcp("127.0.0.1", addr_port(&a));
	ck_assert(connects(&v4));
	/* and at the next reload too */
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert(have.list[0].dual);
}
END_TEST

START_TEST(one_for_ipv6_alone_is_one_half)
{
	struct addr a = tcp("::", 0);
	int fd = foreign(&a, false);

	inherit(fd, a, false);
	configure();
	serve_everywhere("a", addr_port(&a));
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 2);
	ck_assert_int_eq(have.list[1].fd, fd);
	ck_assert_int_eq(have.list[0].addr.sa.sa_family, AF_INET);
}
END_TEST

START_TEST(an_unwanted_one_stays_open_and_is_logged)
{
	struct addr a = tcp("127.0.0.1", 0);
	int fd = foreign(&a, false), i;

	inherit(fd, a, false);
	configure();
	serve("a", tcp("127.0.0.1", 0));
	/* however often */
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(plan_all(false), 0);
		commit();
		ck_assert_uint_eq(have.n, 2);
		ck_assert_int_eq(have.list[1].fd, fd);
		ck_assert_ptr_null(have.list[1].service);
		ck_assert_ptr_null(have.list[1].stats);
		ck_assert(connects(&a));
	}
	logged();
	listeners_log_unwanted(&have);
	check_logged(
	    "test: no service uses the inherited socket 127.0.0.1:%u\n",
	    addr_port(&a));
	/* until a service wants it */
	config.nservices = 1;
	serve("b", a);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 2);
	ck_assert_int_eq(have.list[1].fd, fd);
	ck_assert_str_eq(have.list[1].stats->name, "b");
}
END_TEST

/* Who opened it made its file: neither its mode nor its end are ours. */
START_TEST(an_inherited_path_is_not_ours)
{
	struct addr a = at_path("s");
	int fd = foreign(&a, false);
	struct stat st;

	ck_assert_int_eq(chmod("s", 0644), 0);
	inherit(fd, a, false);
	configure();
	serve("a", a);
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert_int_eq(lstat("s", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	listeners_close(&have);
	ck_assert_int_eq(lstat("s", &st), 0);
}
END_TEST

/* --- inherited, by name -----------------------------------------------------
 */

/* An inherited TCP socket of that name.  Returns its address. */
static struct addr
inherit_named(const char *name)
{
	struct addr a = tcp("127.0.0.1", 0);
	int fd = foreign(&a, false);

	inherit(fd, a, false);
	have.list[have.n - 1].passed = name == NULL ? NULL : strdup(name);
	return a;
}

static struct service *
serve_named(const char *name, const char *passed)
{
	struct service *s = serve(name, (struct addr) { .len = 0 });

	endpoints[s - services][0].passed = passed;
	return s;
}

START_TEST(all_of_a_name_are_adopted)
{
	struct addr first = inherit_named("web"), other = inherit_named("mail");
	struct addr second = inherit_named("web");

	inherit_named(NULL);
	configure();
	serve_named("a", "web");
	ck_assert_int_eq(plan_all(false), 0);
	commit();
	ck_assert_uint_eq(have.n, 4);
	ck_assert(addr_equal(&have.list[0].addr, &first));
	ck_assert(addr_equal(&have.list[0].wanted, &first));
	ck_assert(addr_equal(&have.list[1].addr, &second));
	ck_assert_ptr_eq(have.list[0].stats, have.list[1].stats);
	ck_assert_str_eq(have.list[0].stats->name, "a");
	ck_assert(addr_equal(&have.list[2].addr, &other));
	ck_assert_ptr_null(have.list[2].stats);
	ck_assert_str_eq(have.list[2].passed, "mail");
	ck_assert_ptr_null(have.list[3].passed);
	logged();
	listeners_log_unwanted(&have);
	check_logged(
	    "test: no service uses the inherited socket 127.0.0.1:%u "
	    "(fd:mail)\ntest: no service uses the inherited socket "
	    "127.0.0.1:%u\n",
	    addr_port(&other), addr_port(&have.list[3].addr));
	/* and a drained service keeps them */
	drain(have.list[0].stats, true);
	ck_assert_uint_eq(have.n, 4);
	ck_assert(listener_refuses(&have.list[0]));
	ck_assert(listener_refuses(&have.list[1]));
	drain(have.list[0].stats, false);
	ck_assert(!listener_refuses(&have.list[1]));
}
END_TEST

START_TEST(a_name_that_was_not_passed)
{
	static const char *const names[] = { "web", "web", "mail",
		"0123456789012345678901234567890123456789",
		"0123456789012345678901234567890123456789b",
		"0123456789012345678901234567890123456789c", "d" };
	size_t i;

	configure();
	serve_named("a", "x");
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: a: cannot listen on fd:x: no inherited socket has a "
	    "name\n");
	for (i = 0; i < COUNT(names); i++)
		inherit_named(names[i]);
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: a: cannot listen on fd:x: no inherited socket has this "
	    "name; the names are \"web\", \"mail\", "
	    "\"0123456789012345678901234567890123456789\", "
	    "\"0123456789012345678901234567890123456789b\", ...\n");
	for (i = 0; i < have.n; i++)
		ck_assert(!have.list[i].kept);
}
END_TEST

START_TEST(a_named_one_is_for_one_service)
{
	struct addr a = inherit_named("web");

	configure();
	serve("a", a);
	serve_named("b", "web");
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: b: cannot listen on fd:web: 127.0.0.1:%u: another service "
	    "uses the inherited socket\n",
	    addr_port(&a));
	ck_assert(!have.list[0].kept);
	configure();
	serve_named("b", "web");
	serve("a", a);
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: a: cannot listen on 127.0.0.1:%u: another service uses the "
	    "inherited socket\n",
	    addr_port(&a));
	ck_assert(!have.list[0].kept);
}
END_TEST

START_TEST(a_named_one_has_to_fit)
{
	struct addr a = inherit_named("x");
	struct service *s;

	configure();
	s = serve_named("a", "x");
	s->wait = true;
	s->handler = HANDLER_BUILTIN;
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: a: cannot listen on fd:x: 127.0.0.1:%u: \"wait\" with "
	    "\"builtin\" needs UDP\n",
	    addr_port(&a));
	s->handler = HANDLER_EXEC;
	ck_assert_int_eq(plan_all(false), 0);
	listeners_cancel(&plan, &have);
	s->interface = "lo";
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: a: cannot listen on fd:x: 127.0.0.1:%u: not bound to "
	    "the \"interface\" of the service\n",
	    addr_port(&a));
	s->interface = NULL;
	have.list[0].dgram = true;
	ck_assert_int_eq(plan_all(false), 0);
	listeners_cancel(&plan, &have);
	s->wait = false;
	ck_assert_int_eq(plan_all(false), -1);
	check_logged(
	    "test: a: cannot listen on fd:x: udp:127.0.0.1:%u: UDP needs "
	    "\"wait = true\"\n",
	    addr_port(&a));
}
END_TEST

/* What the supervisor has stays as it was, for it and for a later service. */
START_TEST(one_that_a_service_leaves_stays_open)
{
	struct addr a = inherit_named("web");
	int none, fd = have.list[0].fd;
	socklen_t len = sizeof(none);

	configure();
	serve_named("a", "web");
	ck_assert_int_eq(plan_all(false), 0);
	commit_at(1);
	configure();
	serve("b", tcp("127.0.0.1", 0));
	ck_assert_int_eq(plan_all(false), 0);
	logged();
	commit_at(2);
	ck_assert_uint_eq(have.n, 2);
	ck_assert_int_eq(have.list[1].fd, fd);
	ck_assert_ptr_null(have.list[1].service);
	ck_assert_ptr_null(have.list[1].stats);
	ck_assert_int_eq(have.list[1].closing_at, 0);
	ck_assert_ptr_nonnull(strstr(logged(), "(fd:web) any more\n"));
	ck_assert(connects(&a));
	ck_assert_int_eq(
	    getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &none, &len), 0);
	ck_assert_int_eq(none, 0);
	/* nor does it share its port with the next one */
	configure();
	serve("c", tcp("0.0.0.0", addr_port(&a)));
	ck_assert_int_eq(plan_all(false), -1);
	ck_assert_int_eq(option(fd, SO_REUSEPORT), 0);
	configure();
	serve_named("d", "web");
	ck_assert_int_eq(plan_all(false), 0);
	commit_at(3);
	ck_assert_uint_eq(have.n, 1);
	ck_assert_int_eq(have.list[0].fd, fd);
	ck_assert_str_eq(have.list[0].passed, "web");
}
END_TEST

/* --- the stats of services --------------------------------------------------
 */

START_TEST(stats_are_freed_with_their_pipes)
{
	struct service_stats *gone, *live, *stays;
	int fds[2], before = count_fds();

	configure();
	serve("stays", tcp("127.0.0.1", 0));
	gone = service_stats_get(&all_stats, "gone");
	live = service_stats_get(&all_stats, "live");
	stays = service_stats_get(&all_stats, "stays");
	ck_assert_ptr_eq(service_stats_get(&all_stats, "gone"), gone);
	ck_assert_int_eq(gone->stderr_read, -1);
	ck_assert_int_eq(pipe(fds), 0);
	gone->stderr_read = fds[0];
	gone->stderr_write = fds[1];
	live->usage.live = 1;
	stays->accepted = 5;
	service_stats_forget(&all_stats, &config);
	ck_assert_int_eq(count_fds(), before);
	/* one that has sessions is still needed, one that is configured too */
	ck_assert_ptr_eq(TAILQ_FIRST(&all_stats), live);
	ck_assert_ptr_eq(TAILQ_NEXT(live, entry), stays);
	ck_assert_ptr_null(TAILQ_NEXT(stays, entry));
	ck_assert_ptr_eq(service_stats_get(&all_stats, "stays"), stays);
	ck_assert_uint_eq(stays->accepted, 5);
	live->usage.live = 0;
	service_stats_forget(&all_stats, &config);
	ck_assert_ptr_eq(TAILQ_FIRST(&all_stats), stays);
}
END_TEST

#define NO_IPV6 "this machine has no ::1"

static bool
has_ipv6(void)
{
	struct addr a;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has = fd != -1 && addr_from_numeric(&a, "::1", 0) == 0 &&
	    bind(fd, &a.sa, a.len) == 0;

	if (fd != -1)
		close(fd);
	return has;
}

static void
add(TCase *tc)
{
	bool ipv6 = has_ipv6();

	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, new_ones_are_opened);
	tcase_add_test(tc, a_disabled_service_gets_none);
	tcase_add_test(tc, a_path_gets_its_mode_and_is_removed);
	tcase_add_test(tc, one_that_is_bound_there_is_kept);
	tcase_add_test(tc, udp_is_not_tcp);
	tcase_add_test(tc, a_wait_socket_is_kept_by_its_child);
	tcase_add_test(tc, a_wait_socket_that_is_not_wanted_is_parked);
	tcase_add_test(tc, two_cannot_share_a_udp_port);
	tcase_add_test(tc, port_0_is_kept_by_its_service);
	tcase_add_test(tc, two_of_port_0_are_two);
	tcase_add_test(tc, a_kept_path_gets_its_new_mode);
	tcase_add_test(tc, a_foreign_file_is_left_alone);
	tcase_add_test(tc, unwanted_listeners_stay_to_be_drained);
	tcase_add_test(tc, one_failure_cancels_all);
	tcase_add_test(tc, a_missing_program_is_a_failure_too);
	tcase_add_test(tc, a_plan_can_be_cancelled);
	tcase_add_test(tc, alone_one_service_goes_out);
	tcase_add_test(tc, out_of_service_is_logged_once);
	tcase_add_test(tc, an_inherited_one_is_adopted);
	tcase_add_test(tc, an_unwanted_one_stays_open_and_is_logged);
	tcase_add_test(tc, an_inherited_path_is_not_ours);
	tcase_add_test(tc, all_of_a_name_are_adopted);
	tcase_add_test(tc, a_name_that_was_not_passed);
	tcase_add_test(tc, a_named_one_is_for_one_service);
	tcase_add_test(tc, a_named_one_has_to_fit);
	tcase_add_test(tc, one_that_a_service_leaves_stays_open);
	tcase_add_test(tc, stats_are_freed_with_their_pipes);
	tcase_add_test(tc, one_address_becomes_all);
	tcase_add_test(tc, all_addresses_become_one);
	tcase_add_test(tc, a_move_can_be_cancelled);
	tcase_add_test(tc, a_service_stays_in_service_after_a_cancel);
	tcase_add_test(tc, a_removed_service_keeps_no_hidden_socket);
	tcase_add_test(tc, a_udp_socket_can_be_hidden_and_shown);
	tcase_add_test(tc, a_drained_service_has_no_listener_until_it_resumes);
	tcase_add_test(tc, a_service_whose_address_is_taken_stays_drained);
	tcase_add_test(tc, a_drained_service_keeps_an_inherited_socket);
	tcase_add_test(tc, a_removed_path_is_made_again);
	tcase_add_test(tc, a_removed_path_stays_so_after_a_cancel);
	UNIT_ADD_IF(ipv6, tc, a_pair_shares_its_port, NO_IPV6);
	UNIT_ADD_IF(ipv6, tc, half_a_pair_is_given_back, NO_IPV6);
	UNIT_ADD_IF(ipv6, tc, a_dual_one_is_both_halves, NO_IPV6);
	UNIT_ADD_IF(ipv6, tc, one_for_ipv6_alone_is_one_half, NO_IPV6);
}

int
main(void)
{
	return unit_run("plan", add);
}
