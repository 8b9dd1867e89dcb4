/*
 * check_handover.c -- the state that one image leaves to the next: written,
 * read, and refused.
 *
 * No descriptor, process or socket in it is real: handover.c takes numbers.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/blank.h"
#include "haild/takeover/handover.h"
#include "lib/io.h"
#include "haild/children/service_stats.h"

static struct server server;
static char error[128];

/* --- a server ---------------------------------------------------------------
 */

static void
empty_server(void)
{
	blank_server(&server);
}

/* What handover_write makes of it, on the heap. */
static char *
written(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(handover_write(&server, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* Read LEN bytes into an empty server; nothing may be read behind them. */
static bool
accepts_bytes(const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	copy[len] = '\0';
	empty_server();
	error[0] = '\0';
	result = handover_read(&server, copy, error, sizeof(error));
	free(copy);
	ck_assert_int_eq(result == 0, error[0] == '\0');
	return result == 0;
}

static bool
accepts(const char *text)
{
	return accepts_bytes(text, strlen(text));
}

/* A state of version 1 as it is written now. */
static const char *
as_written(const char *state)
{
	static char text[4096];

	ck_assert_int_eq(strncmp(state, "haild-state 1\n", 14), 0);
	snprintf(text, sizeof(text), "haild-state %d\n%s", HANDOVER_VERSION,
	    state + 14);
	return text;
}

static void
refuse(const char *text, const char *want)
{
	ck_assert_msg(!accepts(text), "%s\nis not refused", text);
	ck_assert_msg(strcmp(error, want) == 0,
	    "%s\nis refused with\n%s\nnot with\n%s", text, error, want);
}

static struct service_stats *
stats(const char *name)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, &server.all_stats, entry)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

/* --- what holds for every state that is accepted -----------------------------
 */

static void
check_queue(const struct child_queue *q, const struct service_stats *t,
    bool ending, size_t *queued)
{
	const struct child *c;
	int64_t last = 1;

	TAILQ_FOREACH(c, q, queue) {
		ck_assert_ptr_eq(c->stats, t);
		ck_assert_int_ge(c->deadline, last);
		ck_assert_int_eq(c->ending != ENDED_ITSELF, ending);
		last = c->deadline;
		(*queued)++;
	}
}

static void
check_tallies(size_t *queued, uint32_t *live)
{
	const struct service_stats *t;

	TAILQ_FOREACH(t, &server.all_stats, entry) {
		ck_assert_ptr_eq(stats(t->name), t);
		ck_assert_str_ne(t->name, "");
		ck_assert_uint_le(strlen(t->name), SERVICE_NAME_MAX);
		ck_assert(t->stderr_read == -1 || t->stderr_read >= 3);
		ck_assert(t->stderr_write == -1 || t->stderr_write >= 3);
		check_queue(&t->timed, t, false, queued);
		check_queue(&t->ending, t, true, queued);
		*live += t->usage.live;
	}
}

static void
check_children(size_t queued)
{
	const struct children *all = &server.children;
	const struct child *c, *free = all->free;
	uint32_t i, live = 0;

	for (i = 0; i < all->used; i++) {
		c = &all->slots[i];
		if (c->pid == 0) {
			/* the free ones in their order */
			ck_assert_ptr_eq(free, c);
			free = c->free_next;
			continue;
		}
		live++;
		ck_assert_int_ge(c->pid, 2);
		ck_assert_ptr_eq(children_find(all, c->pid), c);
		ck_assert_ptr_eq(children_at(all, i, c->serial), c);
		ck_assert_ptr_eq(stats(c->stats->name), c->stats);
		ck_assert_int_ne(c->pid, server.logger);
		ck_assert_int_ge(c->grace, 0);
		if (c->deadline != 0) {
			ck_assert_uint_gt(queued, 0);
			queued--;
		}
	}
	ck_assert_ptr_null(free);
	ck_assert_uint_eq(queued, 0);
	ck_assert_uint_eq(live, all->live);
}

static void
check_server(void)
{
	const struct listener *l;
	uint32_t live = 0;
	size_t i, queued = 0;

	check_tallies(&queued, &live);
	check_children(queued);
	ck_assert_uint_eq(live, server.children.live);
	for (i = 0; i < server.listeners.n; i++) {
		l = &server.listeners.list[i];
		ck_assert_int_ge(l->fd, 3);
		ck_assert_ptr_null(l->service);
		if (l->stats != NULL)
			ck_assert_ptr_eq(stats(l->stats->name), l->stats);
	}
	ck_assert_int_ge(server.hangups, 3);
	ck_assert(server.logger == 0 || server.logger >= 2);
	ck_assert_uint_le(server.leftovers.n, LEFTOVERS_MAX);
	for (i = 0; i < server.leftovers.n; i++)
		ck_assert_int_ge(server.leftovers.sids[i], 2);
}

/* --- a rich one -------------------------------------------------------------
 */

/* Paths may hold anything; so this one does. */
#define ODD "/run/a b\tc\\d\ne\xff\x01-\xc3\xa9%#\\040"
#define ODD_WRITTEN \
	"/run/a\\040b\\011c\\134d\\012e\\377\\001-\\303\\251%#\\134040"

static const char rich[] =
    "haild-state 1\n"
    "slots 4294967295\n"
    "hangups 5\n"
    "logger 812 77000000000\n"
    "stats git 3 0 1 8 9\n"
    "stats greeting 18446744073709551615 2 0 -1 -1\n"
    "stats idle 0 0 0 2147483647 10\n"
    "listener 3 0 0 0 greeting 127.0.0.1:0 127.0.0.1:7890\n"
    "listener 4 0 0 0 git [2001:db8::1]:9418 [2001:db8::1]:9418\n"
    "listener 6 26 18446744073709551615 0 greeting " ODD_WRITTEN " " ODD_WRITTEN
    "\n"
    "listener 7 0 0 1 git [::]:1 [::]:1\n"
    "listener 11 0 0 1 - [::]:2 [::]:2\n"
    "listener 12 0 0 0 - unix unix\n"
    "child 0 41 900 1000000000 0 5000000000 0 0 1 0 greeting 192.0.2.7:4411\n"
    "child 2 42 2147483647 1000000001 9000000000 0 0 0 0 4294967295 git"
    " [2001:db8::7]:65535\n"
    "child 3 43 901 1000000002 8000000000 1 0 0 0 1000 git unix\n"
    "child 7 44 902 1000000003 7000000000 2 1 1 0 0 git 192.0.2.8:1\n"
    "child 8 45 903 1000000004 6000000000 3 2 2 1 0 git 192.0.2.8:2\n"
    "child 9 46 904 1000000005 0 3 3 3 1 0 git 192.0.2.8:3\n"
    "child 65535 4294967295 905 0 8000000000 3 0 0 0 0 git 192.0.2.8:4\n"
    "ended 700\n"
    "ended 2\n"
    "end 22\n";

/* The address that TEXT, a path or a number with port PORT, is. */
static struct addr
address(const char *text, unsigned int port)
{
	struct addr a;

	ck_assert_int_eq(text[0] == '/' || text[0] == '\0'
		? addr_from_path(&a, text)
		: addr_from_numeric(&a, text, port),
	    0);
	return a;
}

static void
add_tally(const char *name, uint64_t accepted, uint64_t refused,
    uint64_t failed, int reads, int writes)
{
	struct service_stats *t = service_stats_get(&server.all_stats, name);

	t->accepted = accepted;
	t->refused = refused;
	t->failed = failed;
	t->stderr_read = reads;
	t->stderr_write = writes;
}

static void
add_listener(
    int fd, const char *name, struct addr wanted, struct addr bound, bool dual)
{
	struct listeners *all = &server.listeners;
	struct listener l = { .fd = fd,
		.stats = stats(name),
		.wanted = wanted,
		.addr = bound,
		.dual = dual };

	if (bound.sa.sa_family == AF_UNIX && bound.un.sun_path[0] != '\0') {
		l.dev = 26;
		l.ino = UINT64_MAX; /* as overlayfs and NFS may have them */
	}
	all->list = reallocarray(all->list, all->n + 1, sizeof(l));
	ck_assert_ptr_nonnull(all->list);
	all->list[all->n++] = l;
}

static void
add_child(uint32_t slot, const char *name, struct addr addr, struct child c)
{
	c.stats = stats(name);
	c.addr = addr;
	ck_assert_int_eq(children_restore(&server.children, slot, &c), 0);
}

/* What "rich" tells of, as a daemon has it. */
static void
make_rich(void)
{
	server.hangups = 5;
	server.logger = 812;
	server.logger_started = 77 * SECOND;
	add_tally("git", 3, 0, 1, 8, 9);
	add_tally("greeting", UINT64_MAX, 2, 0, -1, -1);
	add_tally("idle", 0, 0, 0, INT_MAX, 10);
	add_listener(3, "greeting", address("127.0.0.1", 0),
	    address("127.0.0.1", 7890), false);
	add_listener(4, "git", address("2001:db8::1", 9418),
	    address("2001:db8::1", 9418), false);
	add_listener(6, "greeting", address(ODD, 0), address(ODD, 0), false);
	add_listener(7, "git", address("::", 1), address("::", 1), true);
	add_listener(11, "", address("::", 2), address("::", 2), true);
	add_listener(12, "", address("", 0), address("", 0), false);
	add_child(0, "greeting", address("192.0.2.7", 4411),
	    (struct child) { .serial = 41,
		.pid = 900,
		.started = SECOND,
		.grace = 5 * SECOND,
		.keep = true });
	add_child(2, "git", address("2001:db8::7", 65535),
	    (struct child) { .serial = 42,
		.pid = INT_MAX,
		.started = SECOND + 1,
		.deadline = 9 * SECOND,
		.uid = UINT32_MAX });
	add_child(3, "git", address("/tmp/clients-own-name", 0),
	    (struct child) { .serial = 43,
		.pid = 901,
		.started = SECOND + 2,
		.deadline = 8 * SECOND,
		.grace = 1,
		.uid = 1000 });
	add_child(7, "git", address("192.0.2.8", 1),
	    (struct child) { .serial = 44,
		.pid = 902,
		.started = SECOND + 3,
		.deadline = 7 * SECOND,
		.grace = 2,
		.signals = 1,
		.ending = ENDED_TIMEOUT });
	add_child(8, "git", address("192.0.2.8", 2),
	    (struct child) { .serial = 45,
		.pid = 903,
		.started = SECOND + 4,
		.deadline = 6 * SECOND,
		.grace = 3,
		.signals = 2,
		.ending = ENDED_DISCONNECT,
		.keep = true });
	add_child(9, "git", address("192.0.2.8", 3),
	    (struct child) { .serial = 46,
		.pid = 904,
		.started = SECOND + 5,
		.grace = 3,
		.signals = 3,
		.ending = ENDED_STOP,
		.keep = true });
	add_child(SESSIONS_MAX - 1, "git", address("192.0.2.8", 4),
	    (struct child) { .serial = UINT32_MAX,
		.pid = 905,
		.deadline = 8 * SECOND,
		.grace = 3 });
	children_restored(&server.children, UINT32_MAX);
	leftovers_note(&server.leftovers, 700);
	leftovers_note(&server.leftovers, 2);
}

/* --- round trips ------------------------------------------------------------
 */

START_TEST(a_state_is_written_as_version_1_was)
{
	char *text;

	make_rich();
	check_server();
	text = written();
	ck_assert_str_eq(text, as_written(rich));
	free(text);
}
END_TEST

START_TEST(what_is_read_is_written_again)
{
	char *text;

	ck_assert_msg(accepts(rich), "%s", error);
	check_server();
	text = written();
	ck_assert_str_eq(text, as_written(rich));
	free(text);
}
END_TEST

START_TEST(everything_is_where_it_was)
{
	const struct listener *l;
	const struct child *c;
	const struct service_stats *t;

	ck_assert_msg(accepts(rich), "%s", error);
	ck_assert_int_eq(server.hangups, 5);
	ck_assert_int_eq(server.logger, 812);
	ck_assert_int_eq(server.logger_started, 77 * SECOND);
	ck_assert_ptr_nonnull(t = stats("git"));
	ck_assert_uint_eq(t->accepted, 3);
	ck_assert_uint_eq(t->refused, 0);
	ck_assert_uint_eq(t->failed, 1);
	ck_assert_int_eq(t->stderr_read, 8);
	ck_assert_int_eq(t->stderr_write, 9);
	ck_assert_uint_eq(t->usage.live, 6);

	ck_assert_uint_eq(server.listeners.n, 6);
	l = &server.listeners.list[0];
	ck_assert_int_eq(l->fd, 3);
	ck_assert_uint_eq(addr_port(&l->wanted), 0);
	ck_assert_uint_eq(addr_port(&l->addr), 7890);
	ck_assert_ptr_eq(l->stats, stats("greeting"));
	l = &server.listeners.list[2];
	ck_assert_str_eq(l->addr.un.sun_path, ODD);
	ck_assert_uint_eq(l->dev, 26);
	ck_assert_uint_eq(l->ino, UINT64_MAX);
	ck_assert(!l->dual);
	l = &server.listeners.list[4];
	ck_assert(l->dual);
	ck_assert_ptr_null(l->stats);

	c = &server.children.slots[8];
	ck_assert_uint_eq(c->serial, 45);
	ck_assert_int_eq(c->pid, 903);
	ck_assert_int_eq(c->started, SECOND + 4);
	ck_assert_int_eq(c->deadline, 6 * SECOND);
	ck_assert_int_eq(c->grace, 3);
	ck_assert_uint_eq(c->signals, 2);
	ck_assert_uint_eq(c->ending, ENDED_DISCONNECT);
	ck_assert(c->keep);
	ck_assert_ptr_eq(c->stats, t);
	ck_assert_uint_eq(server.children.slots[3].uid, 1000);
	ck_assert_int_eq(server.children.slots[3].addr.sa.sa_family, AF_UNIX);

	/* queues by deadline, not by slot; equal ones by slot */
	c = TAILQ_FIRST(&t->timed);
	ck_assert_int_eq(c->pid, 901);
	c = TAILQ_NEXT(c, queue);
	ck_assert_int_eq(c->pid, 905);
	c = TAILQ_NEXT(c, queue);
	ck_assert_int_eq(c->pid, INT_MAX);
	ck_assert_ptr_null(TAILQ_NEXT(c, queue));
	ck_assert_int_eq(TAILQ_FIRST(&t->ending)->pid, 903);
	ck_assert_int_eq(children_next_deadline(t), 6 * SECOND);

	ck_assert_uint_eq(server.children.used, SESSIONS_MAX);
	ck_assert_uint_eq(server.children.live, 7);
	ck_assert_uint_eq(server.children.serial, UINT32_MAX);
	ck_assert_ptr_eq(server.children.free, &server.children.slots[1]);
	ck_assert_uint_eq(server.leftovers.n, 2);
	ck_assert_int_eq(server.leftovers.sids[0], 700);
	ck_assert_int_eq(server.leftovers.sids[1], 2);
}
END_TEST

START_TEST(next_to_nothing_is_a_state_too)
{
	static const char bare[] = "haild-state 1\nslots 0\nhangups 3\nend 3\n";
	char *text;

	ck_assert_msg(accepts(bare), "%s", error);
	check_server();
	ck_assert_int_eq(server.logger, 0);
	ck_assert_uint_eq(server.children.used, 0);
	text = written();
	ck_assert_str_eq(text, as_written(bare));
	free(text);
}
END_TEST

/* Each byte that a path can hold, first, in the middle, and before a digit. */
START_TEST(every_byte_of_a_path_is_kept)
{
	char path[] = "/?x/?0?", *text;
	int c;

	for (c = 1; c < 256; c++) {
		path[1] = path[4] = path[6] = (char)c;
		empty_server();
		server.hangups = 3;
		service_stats_get(&server.all_stats, "a");
		add_listener(4, "a", address(path, 0), address(path, 0), false);
		text = written();
		ck_assert_msg(accepts(text), "%s: %s", text, error);
		free(text);
		ck_assert_str_eq(
		    server.listeners.list[0].addr.un.sun_path, path);
		ck_assert_str_eq(
		    server.listeners.list[0].wanted.un.sun_path, path);
	}
}
END_TEST

START_TEST(the_longest_path_is_kept)
{
	char path[ADDR_PATH_MAX + 1], *text;

	memset(path, '\xff', sizeof(path));
	path[0] = '/';
	path[ADDR_PATH_MAX] = '\0';
	server.hangups = 3;
	service_stats_get(&server.all_stats, "a");
	add_listener(4, "a", address(path, 0), address(path, 0), false);
	text = written();
	ck_assert_msg(accepts(text), "%s: %s", text, error);
	free(text);
	ck_assert_str_eq(server.listeners.list[0].addr.un.sun_path, path);
}
END_TEST

/*
 * A client may give its own end of a Unix socket any name, which nobody needs:
 * it must not be able to prevent an upgrade by that.
 */
START_TEST(no_name_of_a_client_spoils_a_state)
{
	static const char *const names[] = { "relative", "with space",
		"192.0.2.1:5", "-", "[", "unix", "./a" };
	struct addr a;
	char *text;
	size_t i;

	for (i = 0; i <= COUNT(names); i++) {
		empty_server();
		server.hangups = 3;
		service_stats_get(&server.all_stats, "a");
		a = address("", 0);
		if (i < COUNT(names))
			strlcpy(a.un.sun_path, names[i], sizeof(a.un.sun_path));
		else /* all of it, without a NUL, as the kernel allows */
			memset(a.un.sun_path, '/', sizeof(a.un.sun_path));
		add_child(0, "a", a,
		    (struct child) { .serial = 1, .pid = 9, .uid = 33 });
		children_restored(&server.children, 1);
		text = written();
		ck_assert_msg(accepts(text), "%s: %s", text, error);
		free(text);
		check_server();
		ck_assert_int_eq(
		    server.children.slots[0].addr.sa.sa_family, AF_UNIX);
		ck_assert_uint_eq(server.children.slots[0].uid, 33);
	}
}
END_TEST

/* Nor may the name of a socket that was inherited. */
START_TEST(no_inherited_name_spoils_a_state)
{
	struct addr relative = address("", 0), full = address("", 0);
	char *text;

	strlcpy(relative.un.sun_path, "here", sizeof(relative.un.sun_path));
	memset(full.un.sun_path, '/', sizeof(full.un.sun_path));
	server.hangups = 3;
	add_listener(4, "", relative, relative, false);
	add_listener(5, "", full, full, false);
	text = written();
	ck_assert_msg(accepts(text), "%s: %s", text, error);
	free(text);
	check_server();
	ck_assert_uint_eq(server.listeners.n, 2);
	ck_assert_int_eq(server.listeners.list[0].addr.sa.sa_family, AF_UNIX);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *out = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(out);
	make_rich();
	ck_assert_int_eq(handover_write(&server, out), -1);
	fclose(out);
}
END_TEST

/* --- version 2 --------------------------------------------------------------
 */

static const char staged[] =
    "haild-state 2\n"
    "slots 44\n"
    "hangups 5\n"
    "stats x 4 0 0 -1 -1\n"
    "child 0 41 900 1 3000 7 0 0 0 0 x 192.0.2.7:1\n"
    "child 1 42 901 2 4000 7 0 0 0 0 x 192.0.2.7:2\n"
    "child 2 43 902 3 0 7 0 0 1 0 x 192.0.2.7:3\n"
    "child 3 44 903 4 2000 7 1 5 0 0 x 192.0.2.7:4\n"
    "more 0 0 1 9000 6 0 0\n"
    "more 1 0 0 0 7 0 1\n"
    "more 2 1 0 0 -1 0 0\n"
    "more 3 1 1 0 -1 1 0\n"
    "end 12\n";

START_TEST(stages_are_read_and_written)
{
	const struct child *c = server.children.slots;
	const struct service_stats *t;
	char *text;

	ck_assert_msg(accepts(staged), "%s", error);
	c = server.children.slots;
	t = stats("x");
	ck_assert(!c[0].own && c[2].own);
	ck_assert_int_eq(c[0].starting, true);
	ck_assert_int_eq(c[0].later, 9000);
	ck_assert_int_eq(c[0].channel, 6);
	ck_assert_int_eq(c[1].channel, 7);
	ck_assert(c[1].quiet && !c[1].refused);
	ck_assert_int_eq(c[2].channel, 0);
	ck_assert(c[3].refused && !c[3].quiet);
	ck_assert_ptr_eq(TAILQ_FIRST(&t->starting), &c[0]);
	ck_assert_ptr_eq(TAILQ_FIRST(&t->timed), &c[1]);
	ck_assert_ptr_eq(TAILQ_FIRST(&t->ending), &c[3]);
	text = written();
	ck_assert_str_eq(text, staged);
	free(text);
}
END_TEST

START_TEST(stages_make_sense_or_are_refused)
{
	static const char *const bad[] = {
		"more 4 0 1 0 6 0 0",	  /* a slot that nobody has */
		"more 65536 0 1 0 6 0 0", /* or that there is not */
		"more 0 2 1 0 6 0 0", "more 0 0 2 0 6 0 0",
		"more 0 0 1 4611686018427387904 6 0 0",
		"more 0 0 1 0 2 0 0", /* standard error */
		"more 0 0 1 0 5 0 0", /* epoll's */
		"more 0 0 1 0 6 2 0", "more 0 0 1 0 6 0 2", "more 0 0 1 0 6 0",
		"more 0 0 1 0 6 0 0 0", "more -1 0 1 0 6 0 0",
		"more 0 0 1 x 6 0 0"
	};
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
		    "haild-state 2\nslots 1\nhangups 5\ntally x 1 0 0 -1 -1\n"
		    "child 0 1 900 1 0 7 0 0 0 0 x 192.0.2.7:1\n%s\nend 6\n",
		    bad[i]);
		refuse(text, "state: line 6 makes no sense");
	}
	/* version 1 had none */
	refuse(
	    "haild-state 1\nslots 1\nhangups 5\ntally x 1 0 0 -1 -1\n"
	    "child 0 1 900 1 0 7 0 0 0 0 x 192.0.2.7:1\n"
	    "more 0 0 1 0 6 0 0\nend 6\n",
	    "state: line 6 makes no sense");
}
END_TEST

/* --- version 2: sockets that children have, and UDP --------------------------
 */

static const char waiting[] =
    "haild-state 2\n"
    "slots 2\n"
    "hangups 5\n"
    "stats tftp 2 0 0 -1 -1\n"
    "listener 3 0 0 0 tftp 0.0.0.0:69 0.0.0.0:69\n"
    "datagram 3\n"
    "listener 4 0 0 0 tftp [::]:69 [::]:69\n"
    "datagram 4\n"
    "listener 6 0 0 0 tftp 127.0.0.1:69 127.0.0.1:69\n"
    "child 0 1 900 1000000000 0 5000000000 0 0 1 0 tftp wait\n"
    "child 1 2 901 1000000000 0 5000000000 0 0 1 0 tftp wait\n"
    "child 2 3 902 1000000000 0 5000000000 0 0 1 0 tftp 192.0.2.7:4411\n"
    "loan 4 900\n"
    "loan 6 901\n"
    "starts 3 257 1000000000 2000000000 9000000000\n"
    "starts 6 1 1000000000 0 0\n"
    "end 16\n";

START_TEST(loans_are_handed_over)
{
	const struct listener *l;
	char *text;

	ck_assert_msg(accepts(waiting), "%s", error);
	check_server();
	ck_assert_uint_eq(server.listeners.n, 3);
	l = server.listeners.list;
	ck_assert(l[0].dgram && l[1].dgram && !l[2].dgram);
	ck_assert_int_eq(l[0].wait_socket.pid, 0);
	ck_assert_int_eq(l[1].wait_socket.pid, 900);
	ck_assert_int_eq(l[2].wait_socket.pid, 901);
	ck_assert_uint_eq(l[0].wait_socket.starts, 257);
	ck_assert_int_eq(l[0].wait_socket.since, SECOND);
	ck_assert_int_eq(l[0].wait_socket.pause, 2 * SECOND);
	ck_assert_int_eq(l[0].paused_until, 9 * SECOND);
	ck_assert_uint_eq(l[1].wait_socket.starts, 0);
	ck_assert_int_eq(
	    children_find(&server.children, 900)->addr.sa.sa_family, AF_UNSPEC);
	text = written();
	ck_assert_str_eq(text, waiting);
	free(text);
}
END_TEST

/* FROM in "waiting" becomes BY: then line LINE is refused. */
static void
refuse_changed(const char *from, const char *by, int line)
{
	char text[1024], want[64];
	const char *at = strstr(waiting, from);

	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - waiting), waiting,
	    by, at + strlen(from));
	snprintf(want, sizeof(want), "state: line %d makes no sense", line);
	refuse(text, want);
}

START_TEST(loans_must_make_sense)
{
	refuse_changed("state 2", "state 1", 6);       /* no such line in it */
	refuse_changed("datagram 3", "datagram 5", 6); /* no listener */
	refuse_changed("datagram 4", "datagram 3", 8); /* twice */
	refuse_changed("datagram 4", "datagram -1", 8);
	refuse_changed("datagram 4", "datagram 4 4", 8);
	refuse_changed("loan 4 900", "loan 5 900", 13);
	refuse_changed("loan 4 900", "loan 4 0", 13);
	refuse_changed("loan 4 900", "loan 4 903", 13); /* no such child */
	refuse_changed("loan 4 900", "loan 4 902", 13); /* it has a client */
	refuse_changed("loan 6 901", "loan 4 901", 14); /* twice */
	refuse_changed("loan 4 900\n", "loan 4\n", 13);
	refuse_changed("starts 3 257", "starts 5 257", 15); /* no listener */
	refuse_changed("starts 3 257", "starts 3 0", 15);
	refuse_changed(" 2000000000 ", " 60000000001 ", 15);
	refuse_changed("starts 6 1", "starts 3 1", 16); /* twice */
}
END_TEST

/* --- versions ---------------------------------------------------------------
 */

static void
refuse_first_line(const char *text, const char *shown)
{
	char want[400];

	snprintf(want, sizeof(want), "state: \"%s\" is no version from 1 to %d",
	    shown, HANDOVER_VERSION);
	refuse(text, want);
}

static void
refuse_version(const char *version, const char *shown)
{
	char text[256], line[300];

	snprintf(text, sizeof(text),
	    "haild-state%s\nslots 0\nhangups 3\nend 3\n", version);
	snprintf(line, sizeof(line), "haild-state%s", shown);
	refuse_first_line(text, line);
}

START_TEST(every_version_up_to_ours_is_read)
{
	char text[128];
	int v;

	for (v = 1; v <= HANDOVER_VERSION; v++) {
		snprintf(text, sizeof(text),
		    "haild-state %d\nslots 7\nhangups 3\nend 3\n", v);
		ck_assert_msg(accepts(text), "%s", error);
		ck_assert_uint_eq(server.children.serial, 7);
	}
}
END_TEST

START_TEST(other_versions_are_refused)
{
	static const char *const others[] = { "", " ", " 0", " -1", " x", " 1x",
		" 1 ", "  1", " +1", " 01", "\t1", " 1 1", "1",
		" 99999999999999999999" };
	char next[32];
	size_t i;

	snprintf(next, sizeof(next), " %d", HANDOVER_VERSION + 1);
	refuse_version(next, next);
	for (i = 0; i < COUNT(others); i++)
		refuse_version(others[i], others[i]);
	/* no more of it than a line of the log should have */
	refuse_version(" 1234567890123456789012345678901234567890",
	    " 1234567890123456789012345678");
	refuse_first_line("", "");
	refuse_first_line("\n", "");
	refuse_first_line(
	    "HAILD-STATE 1\nslots 0\nhangups 3\nend 3\n", "HAILD-STATE 1");
}
END_TEST

/* --- what version 2 brought: rates, sources, proxies -------------------------
 */

/* The lines that WITH are, in a state with one session. */
static const char *
second(int version, const char *with)
{
	static char text[1024];
	const char *p;
	int n = 6;

	for (p = with; *p != '\0'; p++)
		n += *p == '\n';
	snprintf(text, sizeof(text),
	    "haild-state %d\nslots 1\nhangups 3\ntally a 0 0 0 -1 -1\n"
	    "stats b 0 0 0 -1 -1\nchild 4 1 900 1 0 0 0 0 0 0 a 192.0.2.1:5\n"
	    "%send %d\n",
	    version, with, n);
	return text;
}

/* Times that no clock of a test has reached. */
#define LATER "4000000000000000001"
#define LATEST "4000000000000000002"

static const char second_lines[] =
    "proxied 4\n"
    "command 4 restart 901\n"
    "rate b " LATER
    "\n"
    "source a 192.0.2.1 " LATER
    "\n"
    "source a 2001:db8::/64 " LATEST
    "\n"
    "source b uid:1000 " LATER
    "\n"
    "source - 192.0.2.0/24 " LATER
    "\n"
    "lost 9 4 2\n";

START_TEST(buckets_and_proxies_are_handed_over)
{
	const char *state = second(2, second_lines);
	char *text;

	ck_assert_msg(accepts(state), "%s", error);
	check_server();
	ck_assert(server.children.slots[4].proxied);
	ck_assert_int_eq(server.children.slots[4].program, 901);
	ck_assert_ptr_eq(server.children.slots[4].command,
	    service_stats_command(stats("a"), "restart"));
	ck_assert_uint_eq(
	    service_stats_command(stats("a"), "restart")->live, 1);
	ck_assert_int_eq(stats("a")->usage.full_at, 0);
	ck_assert_int_eq(stats("b")->usage.full_at, INT64_C(4000000000000000001));
	ck_assert_uint_eq(server.admission.sources.count, 4);
	ck_assert_uint_eq(server.lost.all, 9);
	ck_assert_uint_eq(server.lost.syslog_untold, 4);
	ck_assert_uint_eq(server.lost.stderr_untold, 2);
	text = written();
	ck_assert_str_eq(text, state);
	free(text);
}
END_TEST

START_TEST(what_is_full_or_gone_is_not)
{
	struct source source = { .service = 1 };
	char *text;

	server.hangups = 3;
	service_stats_get(&server.all_stats, "a")->usage.full_at = 1;
	ck_assert_int_eq(source_parse(&source, "192.0.2.1"), 0);
	sources_restore(&server.admission.sources, &source, INT64_MAX / 2, 1);
	source.service = sources_service(&server.admission.sources, "a");
	sources_enter(&server.admission.sources, &source, 1, 1);
	text = written();
	ck_assert_ptr_null(strstr(text, "\nrate "));
	ck_assert_ptr_null(strstr(text, "\nsource "));
	free(text);
}
END_TEST

START_TEST(lines_of_version_2_have_their_ranges)
{
	static const char *const bad[] = { "proxied 5\n", "proxied -1\n",
		"proxied 65536\n", "proxied 4\nproxied 4\n", "proxied\n",
		"proxied 4 4\n", "command 5 x 0\n", "command 4 x -1\n",
		"command 4 x\n", "command 4 x 2147483648\n",
		"command 4 x 901\ncommand 4 x 901\n", "rate c " LATER "\n",
		"rate a 0\n", "rate a -1\n", "rate a 4611686018427387904\n",
		"rate - " LATER "\n", "rate a 1\nrate a 1\n",
		"source c 192.0.2.1 " LATER "\n",
		"source a 192.0.2.1/24 " LATER "\n", "source a x " LATER "\n",
		"source a uid:-1 " LATER "\n", "source a 192.0.2.1 0\n",
		"source a 192.0.2.1 4611686018427387904\n",
		"source a 192.0.2.1\n", "lost 1 1\n", "lost 1 1 -1\n",
		"lost 1 1 x\n", "lost 1 1 1\nlost 1 1 1\n" };
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		ck_assert_msg(
		    !accepts(second(2, bad[i])), "%s is accepted", bad[i]);
}
END_TEST

START_TEST(version_1_has_no_lines_of_version_2)
{
	ck_assert(accepts(second(1, "")));
	ck_assert(!accepts(second(1, "proxied 4\n")));
	ck_assert(!accepts(second(1, "command 4 x 901\n")));
	ck_assert(!accepts(second(1, "rate a " LATER "\n")));
	ck_assert(!accepts(second(1, "source a 192.0.2.1 " LATER "\n")));
	ck_assert(!accepts(second(1, "lost 1 1 1\n")));
}
END_TEST

/* Every source that the table holds, and more. */
START_TEST(sources_are_bounded)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	fputs("haild-state 2\nslots 0\nhangups 3\n", out);
	for (i = 0; i < SOURCES_MAX + 10; i++)
		fprintf(out, "source - 10.%d.%d.%d " LATER "\n", i >> 16,
		    i >> 8 & 255, i & 255);
	fprintf(out, "end %d\n", SOURCES_MAX + 13);
	fclose(out);
	ck_assert_msg(accepts(text), "%s", error);
	free(text);
	ck_assert_uint_eq(server.admission.sources.count, SOURCES_MAX);
	text = written();
	ck_assert_msg(accepts(text), "%s", error);
	free(text);
	ck_assert_uint_eq(server.admission.sources.count, SOURCES_MAX);
}
END_TEST

/* --- lines ------------------------------------------------------------------
 */

/* One of each kind. */
static const char *const lines[] = {
	"haild-state 1",
	"slots 9",
	"hangups 5",
	"logger 812 1",
	"stats a 1 2 3 7 8",
	"listener 6 1 2 0 a 127.0.0.1:1 127.0.0.1:2",
	"child 4 1 900 1 2 3 1 1 0 4 a 192.0.2.1:5",
	"ended 77",
	"end 8",
};
enum { SLOTS = 1, HANGUPS, LOGGER, STATS, LISTENER, CHILD, ENDED, END };

/*
 * The lines of the state, with word WORD of line LINE replaced (counted from
 * 0), and MORE behind line LINE.
 */
static const char *
changed(size_t line, int word, const char *by, const char *more)
{
	static char text[4096];
	const char *rest;
	size_t i;
	int n;

	text[0] = '\0';
	for (i = 0; i < COUNT(lines); i++) {
		rest = lines[i];
		if (i == line && word >= 0) {
			for (n = 0; n < word; n++)
				rest = strchr(rest, ' ') + 1;
			ck_assert_ptr_nonnull(rest);
			strlcat(text, lines[i],
			    strlen(text) + (size_t)(rest - lines[i]) + 1);
			strlcat(text, by, sizeof(text));
			rest += strcspn(rest, " ");
		}
		strlcat(text, rest, sizeof(text));
		strlcat(text, "\n", sizeof(text));
		if (i == line && more != NULL) {
			strlcat(text, more, sizeof(text));
			strlcat(text, "\n", sizeof(text));
		}
	}
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	return text;
}

static void
refuse_line(size_t line, const char *text)
{
	char want[64];

	snprintf(
	    want, sizeof(want), "state: line %zu makes no sense", line + 1);
	refuse(text, want);
}

#define NAME63 "0123456789012345678901234567890123456789012345678901234567890ab"
#define BIG "9223372036854775807"   /* INT64_MAX */
#define OVER "9223372036854775808"  /* one more */
#define HUGE "18446744073709551615" /* UINT64_MAX */
#define TIMES "4611686018427387903" /* INT64_MAX / 2 */
#define TIMES_OVER "4611686018427387904"

/* What a number may be, and what it may not: each of these, and nonsense. */
static const struct {
	size_t line;
	int word;
	const char *good[3], *bad[5];
} fields[] = {
	{ SLOTS, 1, { "0", "4294967295" }, { "-1", "4294967296" } },
	{ HANGUPS, 1, { "3", "2147483647" },
	    { "-1", "0", "1", "2", "2147483648" } },
	{ LOGGER, 1, { "2", "2147483647" }, { "-1", "0", "1", "2147483648" } },
	{ LOGGER, 2, { "0", TIMES }, { "-1", TIMES_OVER } },
	{ STATS, 2, { "0", HUGE }, { "-1", "18446744073709551616" } },
	{ STATS, 3, { "0", HUGE }, { "-1", "18446744073709551616" } },
	{ STATS, 4, { "0", HUGE }, { "-1", "18446744073709551616" } },
	{ STATS, 5, { "-1", "3", "2147483647" },
	    { "-2", "0", "1", "2", "2147483648" } },
	{ STATS, 6, { "-1", "3", "2147483647" },
	    { "-2", "0", "1", "2", "2147483648" } },
	{ LISTENER, 1, { "3", "2147483647" },
	    { "-1", "0", "1", "2", "2147483648" } },
	{ LISTENER, 2, { "0", HUGE }, { "-1", "18446744073709551616" } },
	{ LISTENER, 3, { "0", HUGE }, { "-1", "18446744073709551616" } },
	{ LISTENER, 4, { "0", "1" }, { "-1", "2" } },
	{ CHILD, 1, { "0", "65535" }, { "-1", "65536", "4294967296" } },
	{ CHILD, 2, { "1", "4294967295" }, { "-1", "0", "4294967296" } },
	{ CHILD, 3, { "2", "2147483647" }, { "-1", "0", "1", "2147483648" } },
	{ CHILD, 4, { "0", TIMES }, { "-1", TIMES_OVER, OVER } },
	{ CHILD, 5, { "0", TIMES }, { "-1", TIMES_OVER, OVER } },
	{ CHILD, 6, { "0", "2305843009213693951" },
	    { "-1", "2305843009213693952", OVER } },
	{ CHILD, 7, { "0", "3" }, { "-1", "4", "256" } },
	{ CHILD, 8, { "0", "5" }, { "-1", "6", "256" } },
	{ CHILD, 9, { "0", "1" }, { "-1", "2" } },
	{ CHILD, 10, { "0", "4294967295" }, { "-1", "4294967296" } },
	{ ENDED, 1, { "2", "2147483647" }, { "-1", "0", "1", "2147483648" } },
	{ END, 1, { "8" }, { "-1", "0", "7", "9", HUGE } },
};

START_TEST(each_number_has_its_range)
{
	/* the same number in other clothes, or none at all */
	static const char *const nonsense[] = { "", "-", "x", "5x", "x5", "+5",
		"05", "0x5", "\t5", "5\t", "5.", "5e0", "--5", "-0",
		"99999999999999999999", "5\r" };
	size_t i, j;
	int w;

	ck_assert_msg(accepts(changed(0, -1, NULL, NULL)), "%s", error);
	check_server();
	for (i = 0; i < COUNT(fields); i++) {
		w = fields[i].word;
		for (j = 0; j < 3 && fields[i].good[j] != NULL; j++) {
			ck_assert_msg(accepts(changed(fields[i].line, w,
					  fields[i].good[j], NULL)),
			    "line %zu word %d: %s: %s", fields[i].line, w,
			    fields[i].good[j], error);
			check_server();
		}
		for (j = 0; j < 5 && fields[i].bad[j] != NULL; j++)
			refuse_line(fields[i].line,
			    changed(fields[i].line, w, fields[i].bad[j], NULL));
		for (j = 0; j < COUNT(nonsense); j++)
			refuse_line(fields[i].line,
			    changed(fields[i].line, w, nonsense[j], NULL));
	}
}
END_TEST

START_TEST(names_must_be_names)
{
	const char *text;

	/* as long as may be, and longer; none; what stands for none */
	text = "haild-state 1\nslots 0\nhangups 3\ntally " NAME63
	       " 0 0 0 -1 -1\nend 4\n";
	ck_assert_uint_eq(strlen(NAME63), SERVICE_NAME_MAX);
	ck_assert_msg(accepts(text), "%s", error);
	refuse_line(STATS, changed(STATS, 1, NAME63 "c", NULL));
	refuse_line(STATS, changed(STATS, 1, "", NULL));
	refuse_line(STATS, changed(STATS, 1, "-", NULL));
	/* a service that was not counted */
	refuse_line(LISTENER, changed(LISTENER, 5, "b", NULL));
	refuse_line(LISTENER, changed(LISTENER, 5, "", NULL));
	refuse_line(CHILD, changed(CHILD, 11, "b", NULL));
	refuse_line(CHILD, changed(CHILD, 11, "-", NULL));
	ck_assert_msg(accepts(changed(LISTENER, 5, "-", NULL)), "%s", error);
	ck_assert_ptr_null(server.listeners.list[0].stats);
}
END_TEST

START_TEST(addresses_must_be_addresses)
{
	static const char *const good[] = { "0.0.0.0:0", "[::]:65535", "unix",
		"/a", "[fe80::1%lo]:1", "/a\\040b" };
	static const char *const bad[] = { "", "-", "127.0.0.1",
		"127.0.0.1:", ":1", "127.0.0.1:65536", "127.0.0.1:-1",
		"127.0.0.1:x", "1:1", "[::1]", "::1:1", "[::1:1", "[]:1",
		"localhost:1", "relative", "unix:", "\\000",
		"[::1%nosuchinterface]:1" };
	/* one byte more than a path can have */
	char longer[ADDR_PATH_MAX + 2];
	size_t i;

	for (i = 0; i < COUNT(good); i++) {
		ck_assert_msg(accepts(changed(LISTENER, 6, good[i], NULL)),
		    "%s: %s", good[i], error);
		ck_assert_msg(accepts(changed(LISTENER, 7, good[i], NULL)),
		    "%s: %s", good[i], error);
		ck_assert_msg(accepts(changed(CHILD, 12, good[i], NULL)),
		    "%s: %s", good[i], error);
	}
	memset(longer, '/', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	refuse_line(LISTENER, changed(LISTENER, 6, longer, NULL));
	longer[sizeof(longer) - 2] = '\0';
	ck_assert(accepts(changed(LISTENER, 6, longer, NULL)));
	for (i = 0; i < COUNT(bad); i++) {
		refuse_line(LISTENER, changed(LISTENER, 6, bad[i], NULL));
		refuse_line(LISTENER, changed(LISTENER, 7, bad[i], NULL));
		refuse_line(CHILD, changed(CHILD, 12, bad[i], NULL));
	}
}
END_TEST

START_TEST(nothing_stands_twice)
{
	static const struct {
		size_t line;
		const char *more;
	} twice[] = {
		{ SLOTS, "slots 9" },
		{ HANGUPS, "hangups 15" },
		{ LOGGER, "logger 813 1" },
		{ STATS, "stats a 1 2 3 -1 -1" },
		/* slot, pid; the logger's pid */
		{ CHILD, "child 4 2 901 1 2 3 1 1 0 4 a 192.0.2.1:5" },
		{ CHILD, "child 5 2 900 1 2 3 1 1 0 4 a 192.0.2.1:5" },
		{ CHILD, "child 5 2 812 1 2 3 1 1 0 4 a 192.0.2.1:5" },
		/* descriptors: of a listener, of a pipe, epoll's */
		{ LISTENER, "listener 6 1 2 0 a 127.0.0.1:1 127.0.0.1:2" },
		{ LISTENER, "listener 5 1 2 0 a 127.0.0.1:1 127.0.0.1:2" },
		{ LISTENER, "listener 7 1 2 0 a 127.0.0.1:1 127.0.0.1:2" },
		{ LISTENER, "stats b 0 0 0 6 10" },
		{ STATS, "stats b 0 0 0 10 8" },
		{ STATS, "stats b 0 0 0 10 10" },
	};
	size_t i;

	for (i = 0; i < COUNT(twice); i++)
		refuse_line(twice[i].line + 1,
		    changed(twice[i].line, -1, NULL, twice[i].more));
}
END_TEST

START_TEST(unknown_lines_are_refused)
{
	static const char *const unknown[] = { "", " ", "slot 1", "slotss 1",
		"Slots 1", " slots 1", "haild-state 1", "future 1 2 3", "#",
		"a b c d e f g h i j k l m n o p q r s t u v w x y z", "ended",
		"ended ", "ended  3", "ended 3 ", "ended 3 3",
		"stats b 0 0 0 -1", "stats b 0 0 0 -1 -1 0" };
	size_t i;

	for (i = 0; i < COUNT(unknown); i++)
		refuse_line(CHILD, changed(LISTENER, -1, NULL, unknown[i]));
}
END_TEST

START_TEST(nothing_follows_the_end)
{
	refuse_line(END + 1, changed(END, -1, NULL, "ended 3"));
	refuse_line(END + 1, changed(END, -1, NULL, "end 8"));
	refuse_line(END + 1, changed(END, -1, NULL, "end 9"));
	refuse_line(END + 1, changed(END, -1, NULL, ""));
}
END_TEST

START_TEST(what_must_be_there_is_missed)
{
	refuse("haild-state 1\n", "state: it is cut short");
	refuse("haild-state 1", "state: it is cut short");
	refuse("haild-state 1\nend 1\n", "state: it is cut short");
	refuse("haild-state 1\nslots 0\nend 2\n", "state: it is cut short");
	refuse("haild-state 1\nhangups 3\nend 2\n", "state: it is cut short");
}
END_TEST

/* --- harm -------------------------------------------------------------------
 */

START_TEST(a_cut_is_noticed_at_every_byte)
{
	size_t len;

	for (len = 0; len < sizeof(rich) - 2; len++)
		ck_assert_msg(!accepts_bytes(rich, len),
		    "%zu bytes of %zu are taken for all", len,
		    sizeof(rich) - 1);
	/* all but the last newline is all */
	ck_assert(accepts_bytes(rich, sizeof(rich) - 2));
	ck_assert(accepts_bytes(rich, sizeof(rich) - 1));
}
END_TEST

/* xorshift64: the same numbers everywhere. */
static uint64_t seed;

static size_t
random_below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % n);
}

/* Change some bytes of TEXT, which has LEN of them and room for more. */
static size_t
corrupt(char *text, size_t len)
{
	static const char likely[] = "0123456789 \n-/:[]\\";
	size_t at = random_below(len), n;

	switch (random_below(6)) {
	case 0: /* any byte */
		text[at] = (char)random_below(256);
		break;
	case 1: /* one bit */
		text[at] ^= (char)(1 << random_below(8));
		break;
	case 2: /* one that can make sense */
		text[at] = likely[random_below(sizeof(likely) - 1)];
		break;
	case 3: /* a digit for a digit: a number for a number */
		for (n = 0; n < len && (text[at] < '0' || text[at] > '9'); n++)
			at = (at + 1) % len;
		text[at] = (char)('0' + random_below(10));
		break;
	case 4: /* some are lost */
		n = 1 + random_below(len - at < 40 ? len - at : 40);
		memmove(text + at, text + at + n, len - at - n);
		len -= n;
		break;
	case 5: /* some are there twice */
		n = 1 + random_below(len - at < 40 ? len - at : 40);
		memmove(text + at + n, text + at, len - at);
		len += n;
		break;
	}
	return len > 0 ? len : 1;
}

/* Returns how many of N corrupted states were accepted. */
static int
corrupt_many(const char *from, size_t size, int n, size_t changes)
{
	char text[8192], *again;
	int i, accepted = 0;
	size_t j, len;

	for (i = 0; i < n; i++) {
		memcpy(text, from, size);
		len = size;
		for (j = 1 + random_below(changes); j > 0; j--)
			len = corrupt(text, len);
		if (!accepts_bytes(text, len))
			continue;
		accepted++;
		check_server();
		/* what was accepted can be handed over again */
		again = written();
		ck_assert_msg(accepts(again), "%s\n%s", again, error);
		free(again);
		check_server();
	}
	return accepted;
}

START_TEST(corrupted_states_do_no_harm)
{
	char base[4096], *high;
	int n;

	/* With few slots, since emptying many takes its time. */
	strlcpy(base, rich, sizeof(base));
	ck_assert_ptr_nonnull(high = strstr(base, "child 65535 "));
	memcpy(high, "child 00012 ", 12);
	memmove(high + 6, high + 9, strlen(high + 9) + 1);
	seed = UINT64_C(0x68a11d5eed);
	n = corrupt_many(base, strlen(base), 1500, 1);
	ck_assert_int_gt(n, 50);
	ck_assert_int_lt(n, 1200);
	n = corrupt_many(base, strlen(base), 1500, 12);
	ck_assert_int_gt(n, 10);
	strlcpy(base, second(2, second_lines), sizeof(base));
	n = corrupt_many(base, strlen(base), 500, 1);
	ck_assert_int_gt(n, 10);
	/* where each byte counts */
	strlcpy(base, changed(0, -1, NULL, NULL), sizeof(base));
	n = corrupt_many(base, strlen(base), 2000, 2);
	ck_assert_int_gt(n, 50);
	ck_assert_int_lt(n, 1200);
}
END_TEST

START_TEST(noise_is_refused)
{
	char text[512];
	size_t i, len;
	int n;

	seed = UINT64_C(0x5eed);
	for (n = 0; n < 1000; n++) {
		len = random_below(sizeof(text));
		for (i = 0; i < len; i++)
			text[i] = (char)random_below(256);
		ck_assert(!accepts_bytes(text, len));
		/* and behind a good first line */
		if (len > 14) {
			memcpy(text, "haild-state 1\n", 14);
			ck_assert(!accepts_bytes(text, len));
		}
	}
}
END_TEST

/* --- much -------------------------------------------------------------------
 */

START_TEST(a_huge_line_is_refused)
{
	size_t size = 8 << 20;
	char *text = malloc(size + 1);

	ck_assert_ptr_nonnull(text);
	text[size] = '\0';
	memset(text, 'x', size);
	refuse_first_line(text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	memcpy(text, "haild-state 1\nslots 0\nended ", 28);
	refuse(text, "state: line 3 makes no sense");
	memset(text + 22, ' ', size - 22);
	refuse(text, "state: line 3 makes no sense");
	memset(text + 22, '\n', size - 22);
	refuse(text, "state: line 3 makes no sense");
	memset(text + 14, '\\', size - 14);
	memcpy(text + 14, "slots 0\nhangups 3\nlistener 4 0 0 0 - unix ", 42);
	refuse(text, "state: line 4 makes no sense");
	free(text);
}
END_TEST

START_TEST(more_leftovers_than_can_be_noted_are_dropped)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	fputs("haild-state 1\nslots 0\nhangups 3\n", out);
	for (i = 0; i < LEFTOVERS_MAX + 10; i++)
		fprintf(out, "ended %d\n", 2 + i);
	fprintf(out, "end %d\n", LEFTOVERS_MAX + 13);
	fclose(out);
	ck_assert_msg(accepts(text), "%s", error);
	ck_assert_uint_eq(server.leftovers.n, LEFTOVERS_MAX);
	free(text);
}
END_TEST

/*
 * Every slot in use, and in each the deadline of another: slots say nothing of
 * time.  Nobody is accepted meanwhile, so it must not take long.
 */
START_TEST(a_full_table_is_read_soon)
{
	clock_t before, took;
	char *text, *again;
	struct service_stats *t;
	uint32_t i;

	server.hangups = 3;
	t = service_stats_get(&server.all_stats, "a");
	for (i = 0; i < SESSIONS_MAX; i++) {
		struct child *c = &server.children.slots[i];

		c->serial = i + 1;
		c->pid = (pid_t)(100000 + i);
		c->started = 5;
		/* 40503 is odd: each deadline once, all over the place */
		c->deadline = 10 + (i * UINT32_C(40503)) % SESSIONS_MAX;
		c->stats = t;
		c->addr = address("192.0.2.1", i);
	}
	server.children.used = SESSIONS_MAX;
	text = written();
	/* Of the processor's time: a busy machine does not stretch that. */
	before = clock();
	ck_assert_msg(accepts(text), "%s", error);
	took = clock() - before;
	check_server();
	ck_assert_uint_eq(server.children.live, SESSIONS_MAX);
	ck_assert_ptr_null(server.children.free);
	again = written();
	ck_assert_str_eq(again, text);
	free(again);
	free(text);
	/* 0.1 s, or 3 under valgrind; put in one by one it would be 49 */
	ck_assert_int_lt(took / CLOCKS_PER_SEC, 20);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, empty_server, empty_server);
	tcase_add_test(tc, a_state_is_written_as_version_1_was);
	tcase_add_test(tc, loans_are_handed_over);
	tcase_add_test(tc, loans_must_make_sense);
	tcase_add_test(tc, what_is_read_is_written_again);
	tcase_add_test(tc, everything_is_where_it_was);
	tcase_add_test(tc, next_to_nothing_is_a_state_too);
	tcase_add_test(tc, every_byte_of_a_path_is_kept);
	tcase_add_test(tc, the_longest_path_is_kept);
	tcase_add_test(tc, no_name_of_a_client_spoils_a_state);
	tcase_add_test(tc, no_inherited_name_spoils_a_state);
	tcase_add_test(tc, a_full_disk_is_an_error);
	tcase_add_test(tc, stages_are_read_and_written);
	tcase_add_test(tc, stages_make_sense_or_are_refused);
	tcase_add_test(tc, every_version_up_to_ours_is_read);
	tcase_add_test(tc, other_versions_are_refused);
	tcase_add_test(tc, buckets_and_proxies_are_handed_over);
	tcase_add_test(tc, what_is_full_or_gone_is_not);
	tcase_add_test(tc, lines_of_version_2_have_their_ranges);
	tcase_add_test(tc, version_1_has_no_lines_of_version_2);
	tcase_add_test(tc, sources_are_bounded);
	tcase_add_test(tc, each_number_has_its_range);
	tcase_add_test(tc, names_must_be_names);
	tcase_add_test(tc, addresses_must_be_addresses);
	tcase_add_test(tc, nothing_stands_twice);
	tcase_add_test(tc, unknown_lines_are_refused);
	tcase_add_test(tc, nothing_follows_the_end);
	tcase_add_test(tc, what_must_be_there_is_missed);
	tcase_add_test(tc, a_cut_is_noticed_at_every_byte);
	tcase_add_test(tc, corrupted_states_do_no_harm);
	tcase_add_test(tc, noise_is_refused);
	tcase_add_test(tc, a_huge_line_is_refused);
	tcase_add_test(tc, more_leftovers_than_can_be_noted_are_dropped);
	tcase_add_test(tc, a_full_table_is_read_soon);
}

int
main(void)
{
	return unit_run("handover", add);
}
