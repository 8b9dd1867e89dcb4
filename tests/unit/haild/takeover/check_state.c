/*
 * check_state.c -- the state that an upgrade hands over: written, read, and
 * refused.  What holds for every field and line is in check_record.c.
 *
 * No descriptor, process or socket in it is real: state.c takes numbers.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/blank.h"
#include "lib/io.h"
#include "lib/process.h"

static struct parts p;
static char error[128];

static void
empty(void)
{
	blank_parts(&p);
}

/* What state_write makes of it, on the heap. */
static char *
written(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(state_write(&p.takeover, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static bool
accepts_bytes(const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	copy[len] = '\0';
	empty();
	error[0] = '\0';
	result = state_read(&p.takeover, copy, error, sizeof(error));
	free(copy);
	ck_assert_int_eq(result == 0, error[0] == '\0');
	return result == 0;
}

static bool
accepts(const char *text)
{
	return accepts_bytes(text, strlen(text));
}

static void
refuse(const char *text, int line)
{
	char want[64];

	snprintf(want, sizeof(want), "line %d is invalid", line);
	ck_assert_msg(!accepts(text), "%s\nis not refused", text);
	ck_assert_msg(strcmp(error, want) == 0,
	    "%s\nis refused with\n%s\nnot with\n%s", text, error, want);
}

static struct service_stats *
stats(const char *name)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, &p.all_stats, entry)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

/* --- what holds for every state that is accepted --- */

static void
check_queue(const struct child_queue *q, const struct service_stats *t,
    bool ending, size_t *queued)
{
	const struct child *c;
	int64_t last = 1;

	TAILQ_FOREACH(c, q, queue) {
		ck_assert_ptr_eq(c->stats, t);
		ck_assert_int_ge(c->deadline, last);
		ck_assert_int_eq(c->ending != OUTCOME_NONE, ending);
		last = c->deadline;
		(*queued)++;
	}
}

static void
check_stats(size_t *queued, uint32_t *live)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, &p.all_stats, entry) {
		ck_assert_ptr_eq(stats(t->name), t);
		ck_assert_str_ne(t->name, "");
		ck_assert_uint_le(strlen(t->name), SERVICE_NAME_MAX);
		ck_assert(t->stderr_read == -1 || t->stderr_read >= 3);
		ck_assert(t->stderr_write == -1 || t->stderr_write >= 3);
		check_queue(&t->starting, t, false, queued);
		check_queue(&t->timed, t, false, queued);
		check_queue(&t->ending, t, true, queued);
		check_queue(&t->killed, t, true, queued);
		*live += t->usage.live + t->unreapable;
	}
}

static void
check_children(size_t queued)
{
	const struct children *all = &p.children;
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
		ck_assert_int_ne(c->pid, p.logger);
		ck_assert_int_ge(c->grace, 0);
		ck_assert(c->channel == 0 || c->channel >= 3);
		ck_assert(c->command == NULL || c->command->live > 0);
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
check_parts(void)
{
	const struct listener *l;
	uint32_t live = 0;
	size_t i, queued = 0;

	check_stats(&queued, &live);
	check_children(queued);
	ck_assert_uint_eq(live, p.children.live);
	for (i = 0; i < p.listeners.n; i++) {
		l = &p.listeners.list[i];
		ck_assert_int_ge(l->fd, 3);
		ck_assert_ptr_null(l->service);
		if (l->stats != NULL)
			ck_assert_ptr_eq(stats(l->stats->name), l->stats);
	}
	ck_assert_int_ge(p.hangups, 3);
	ck_assert(p.logger == 0 || p.logger >= 2);
	ck_assert_uint_le(p.leftovers.n, LEFTOVERS_MAX);
	for (i = 0; i < p.leftovers.n; i++)
		ck_assert_int_ge(p.leftovers.sids[i], 2);
}

/* --- one of everything --- */

/* Times that no clock of a test has reached. */
#define LATER "4000000000000000001"

#define DAEMON "daemon serial=44 hangups=5 logger=812 logger-started=77"
#define LOST " lost=9 lost-syslog=4 lost-stderr=2 drained=1 lost-stderr-all=3\n"
#define CHILD(slot, serial, pid, service, client, uid)                       \
	"child slot=" slot " serial=" serial " pid=" pid " service=" service \
	" client=" client " uid=" uid
#define FLAGS(keep, starting, own, monitor, refused, quiet, proxied)        \
	" keep=" keep " starting=" starting " own=" own " monitor=" monitor \
	" refused=" refused " quiet=" quiet " unreapable=0 proxied=" proxied
#define LISTENER(fd, dual, datagram, service, wanted, bound, passed)    \
	"listener fd=" fd " dev=26 ino=18446744073709551615 dual=" dual \
	" datagram=" datagram " inherited=" dual                        \
	" interface=7"                                                  \
	" service=" service " wanted=" wanted " bound=" bound           \
	" passed=" passed
#define NO_WAIT " wait-pid=0 wait-starts=0 wait-since=0 wait-pause=0\n"

static const char *const lines[] = {
	"haild-state version=1\n",
	DAEMON LOST,
	"stats name=git accepted=18446744073709551615 refused=2 failed=1 "
	"full-at=4000000000000000002 drained=1 stderr-read=8 stderr-write=9\n",
	"stats name=tftp accepted=0 refused=0 failed=0 full-at=0 "
	"drained=0 stderr-read=-1 stderr-write=-1\n",
	/* a command, killed by its session timeout */
	CHILD("0", "41", "900", "git", "192.0.2.7:4411", "0")
	" started=1 deadline=2000 later=0 grace=5 signals=2 ending=3" FLAGS(
	    "1", "0", "0", "1", "0", "1", "0")
	" channel=6 command=restart program=901\n",
	/* behind a proxy, not ready */
	CHILD("2", "42", "2147483647", "git", "[2001:db8::7]:65535", "0")
	" started=2 deadline=3000 later=9000 grace=7 signals=0 ending=0" FLAGS(
	    "0", "1", "0", "0", "0", "0", "1")
	" channel=7 command=- program=0\n",
	/* refused, and on a Unix socket */
	CHILD("3", "43", "902", "git", "unix", "4294967295")
	" started=3 deadline=1000 later=0 grace=0 signals=0 ending=0" FLAGS(
	    "1", "0", "1", "0", "1", "0", "0")
	" channel=-1 command=- program=0\n",
	/* has a listener */
	CHILD("9", "44", "903", "tftp", "-", "0")
	" started=4 deadline=0 later=0 grace=0 signals=0 ending=0" FLAGS(
	    "0", "0", "0", "0", "0", "0", "0")
	" channel=-1 command=- program=0\n",
	LISTENER("3", "1", "0", "git", "[::]:0", "[::]:9418", "web\\040x")
	" paused-until=0" NO_WAIT,
	LISTENER("10", "0", "1", "tftp", "0.0.0.0:69", "0.0.0.0:69", "-")
	" paused-until=8 wait-pid=903 wait-starts=257 wait-since=1"
	" wait-pause=60000000000\n",
	LISTENER("4", "0", "0", "-", "@a\\134000b", "/run/a\\040b", "-")
	" paused-until=0" NO_WAIT,
	"source service=- source=192.0.2.0/24 full-at=" LATER "\n",
	"source service=git source=uid:1000 full-at=" LATER "\n",
	"source service=tftp source=2001:db8::/64 full-at=" LATER "\n",
	"leftover sid=700\n",
	"leftover sid=2\n",
	"linger pid=813 channel=12\n",
	"linger pid=814 channel=13\n",
	/* of a session, and of one that is over */
	"relay slot=3 serial=43 pid=950 state=4 channel=14 gid=5 gone=4 "
	"until=6 deadline=0\n",
	"relay slot=3 serial=7 pid=951 state=6 channel=-1 gid=0 gone=0 "
	"until=0 deadline=9\n",
	"identity slot=3 name=web1.example.org\n",
	"control fd=15 path=/run/haild/control.sock dev=25 ino=77 "
	"group=4294967295\n",
	"waiter client=16 command=upgrade service=- since=90\n",
	"waiter client=17 command=drain service=git since=91\n",
	"history started=1700000000 configured=1700000001 reloaded=0 "
	"upgraded=0 reloads=3 reloads-failed=2 upgrades=1 upgrades-failed=0 "
	"log-level=8 stderr-left-out=17\n",
	"count service=git kind=outcome name=exit value=5\n",
	"count service=git kind=refused name=service-limit value=2\n",
	"count service=git kind=duration name=11 value=4\n",
	"count service=git kind=sum name=cpu value=12000\n",
	"count service=git kind=sum name=refused-later value=1\n",
	"bytes slot=3 in=0 out=9223372036854775807\n",
	"end lines=31\n",
};

/* The whole state; MORE is a line in place of line LINE (from 1; 0: none). */
static const char *
state_with(int line, const char *more)
{
	static char text[8192];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < COUNT(lines); i++)
		strlcat(
		    text, (int)i + 1 == line ? more : lines[i], sizeof(text));
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	return text;
}

static const char *
state(void)
{
	return state_with(0, NULL);
}

/* With FROM in line LINE replaced by BY. */
static const char *
changed(int line, const char *from, const char *by)
{
	char text[1024];
	const char *old = lines[line - 1], *at = strstr(old, from);

	ck_assert_msg(at != NULL, "no %s in %s", from, old);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - old), old, by,
	    at + strlen(from));
	return state_with(line, text);
}

START_TEST(what_is_read_is_written_again)
{
	char *text;

	ck_assert_msg(accepts(state()), "%s", error);
	check_parts();
	text = written();
	ck_assert_str_eq(text, state());
	free(text);
}
END_TEST

START_TEST(everything_is_where_it_was)
{
	const struct child *c;
	const struct listener *l;
	struct service_stats *t;

	ck_assert_msg(accepts(state()), "%s", error);
	ck_assert_uint_eq(p.children.serial, 44);
	ck_assert_int_eq(p.hangups, 5);
	ck_assert_int_eq(p.logger, 812);
	ck_assert_int_eq(p.logger_started, 77);
	ck_assert(p.drained);
	ck_assert_uint_eq(p.lost.all, 9);
	ck_assert_uint_eq(p.lost.syslog_untold, 4);
	ck_assert_uint_eq(p.lost.stderr_untold, 2);
	ck_assert_uint_eq(p.lost.stderr_all, 3);

	ck_assert_ptr_nonnull(t = stats("git"));
	ck_assert_uint_eq(t->accepted, UINT64_MAX);
	ck_assert_uint_eq(t->refused, 2);
	ck_assert_uint_eq(t->failed, 1);
	ck_assert_int_eq(t->usage.full_at, INT64_C(4000000000000000002));
	ck_assert_int_eq(t->stderr_read, 8);
	ck_assert_int_eq(t->stderr_write, 9);
	ck_assert_uint_eq(t->usage.live, 3);
	ck_assert_uint_eq(t->counts.refused_later, 1);
	ck_assert(p.children.slots[3].has_bytes);
	ck_assert_uint_eq(p.children.slots[3].bytes_out, INT64_MAX);
	ck_assert_uint_eq(stats("tftp")->usage.live, 1);
	ck_assert_int_eq(stats("tftp")->stderr_read, -1);

	c = &p.children.slots[0];
	ck_assert_uint_eq(c->serial, 41);
	ck_assert_int_eq(c->pid, 900);
	ck_assert_int_eq(c->started, 1);
	ck_assert_int_eq(c->deadline, 2000);
	ck_assert_int_eq(c->grace, 5);
	ck_assert_uint_eq(c->signals, 2);
	ck_assert_uint_eq(c->ending, OUTCOME_TIMEOUT);
	ck_assert(c->keep && c->quiet);
	ck_assert(!c->starting && !c->own && !c->refused && !c->proxied);
	ck_assert_int_eq(c->channel, 6);
	ck_assert_int_eq(c->program, 901);
	ck_assert_ptr_eq(
	    c->command, service_stats_command(stats("git"), "restart"));
	ck_assert_uint_eq(c->command->live, 1);
	c = &p.children.slots[2];
	ck_assert(c->starting && c->proxied);
	ck_assert_int_eq(c->later, 9000);
	c = &p.children.slots[3];
	ck_assert(c->own && c->refused);
	ck_assert_int_eq(c->channel, 0);
	ck_assert_uint_eq(c->uid, UINT32_MAX);
	ck_assert_int_eq(c->addr.sa.sa_family, AF_UNIX);
	ck_assert_int_eq(
	    children_find(&p.children, 903)->addr.sa.sa_family, AF_UNSPEC);
	ck_assert_ptr_eq(TAILQ_FIRST(&t->ending), &p.children.slots[0]);
	ck_assert_ptr_eq(TAILQ_FIRST(&t->starting), &p.children.slots[2]);
	ck_assert_ptr_eq(TAILQ_FIRST(&t->timed), &p.children.slots[3]);
	ck_assert_int_eq(children_expire(t, 0), 1000);
	ck_assert_uint_eq(p.children.used, 10);
	ck_assert_uint_eq(p.children.live, 4);
	ck_assert_ptr_eq(p.children.free, &p.children.slots[1]);

	ck_assert_uint_eq(p.listeners.n, 3);
	l = p.listeners.list;
	ck_assert_int_eq(l[0].fd, 3);
	ck_assert_uint_eq(l[0].dev, 26);
	ck_assert_uint_eq(l[0].ino, UINT64_MAX);
	ck_assert_uint_eq(addr_port(&l[0].wanted), 0);
	ck_assert_uint_eq(addr_port(&l[0].addr), 9418);
	ck_assert_ptr_eq(l[0].stats, t);
	ck_assert(l[0].dual && l[0].inherited && !l[0].dgram);
	ck_assert_int_eq(l[0].ifindex, 7);
	ck_assert_str_eq(l[0].passed, "web x");
	ck_assert_ptr_null(l[1].passed);
	ck_assert(!l[1].dual && !l[1].inherited && l[1].dgram);
	ck_assert_int_eq(l[1].paused_until, 8);
	ck_assert_int_eq(l[1].wait_socket.pid, 903);
	ck_assert_uint_eq(l[1].wait_socket.starts, 257);
	ck_assert_int_eq(l[1].wait_socket.since, 1);
	ck_assert_int_eq(l[1].wait_socket.pause, 60 * SECOND);
	ck_assert_ptr_null(l[2].stats);
	ck_assert(addr_is_abstract(&l[2].wanted));
	ck_assert_mem_eq(l[2].wanted.un.sun_path, "\0a\0b", 4);
	ck_assert_str_eq(l[2].addr.un.sun_path, "/run/a b");

	ck_assert_uint_eq(p.sources.count, 3);
	ck_assert_uint_eq(p.leftovers.n, 2);
	ck_assert_int_eq(p.leftovers.sids[0], 700);
	ck_assert_int_eq(p.leftovers.sids[1], 2);
	ck_assert_int_eq(p.linger[LINGER_NOW].pid, 813);
	ck_assert_int_eq(p.linger[LINGER_NOW].fd, 12);
	ck_assert_int_eq(p.linger[LINGER_BEFORE].pid, 814);
	ck_assert(!p.linger[LINGER_NOW].awaited);
	ck_assert(t->drained && !stats("tftp")->drained);
	ck_assert_int_eq(p.control.fd, 15);
	ck_assert_str_eq(p.control.path, "/run/haild/control.sock");
	ck_assert_uint_eq(p.control.dev, 25);
	ck_assert_uint_eq(p.control.ino, 77);
	ck_assert_uint_eq(p.control.group, UINT32_MAX);
	ck_assert_int_eq(p.control.waiters[0].client, 16);
	ck_assert_int_eq(p.control.waiters[0].command, CONTROL_UPGRADE);
	ck_assert_int_eq(p.control.waiters[0].since, 90);
	ck_assert_str_eq(p.control.waiters[1].service, "git");
	ck_assert_int_eq(p.control.waiters[2].client, -1);
	ck_assert_int_eq(p.history.started, 1700000000);
	ck_assert_uint_eq(p.history.reloads, 3);
	ck_assert_uint_eq(p.history.log_level, LOG_DEBUG + 1);
	ck_assert_uint_eq(p.history.stderr_left_out, 17);
	ck_assert_uint_eq(t->counts.outcomes[OUTCOME_EXIT], 5);
	ck_assert_uint_eq(t->counts.refusals[REFUSED_SERVICE], 2);
	ck_assert_uint_eq(t->counts.durations[DURATION_BUCKETS - 1], 4);
	ck_assert_int_eq(t->counts.cpu, 12000);
	c = &p.children.slots[3];
	ck_assert_uint_eq(c->relay, 1);
	ck_assert(c->truncated && !c->handshake);
	ck_assert_str_eq(children_identity(&p.children, c), "web1.example.org");
	ck_assert_int_eq(relays_find(&p.relays, 950)->channel, 14);
	ck_assert_int_eq(relays_find(&p.relays, 951)->channel, 0);
	/* it may have the sockets of any of them */
	ck_assert(p.children.slots[0].lingers);
}
END_TEST

START_TEST(an_empty_daemon_is_a_state_too)
{
	static const char bare[] =
	    "haild-state version=1\ndaemon serial=0 hangups=3 logger=0 "
	    "logger-started=0 lost=0 lost-syslog=0 lost-stderr=0 "
	    "drained=0 lost-stderr-all=0\nend "
	    "lines=2\n";
	char *text;

	ck_assert_msg(accepts(bare), "%s", error);
	check_parts();
	ck_assert_int_eq(p.logger, 0);
	ck_assert_uint_eq(p.children.used, 0);
	text = written();
	ck_assert_str_eq(text, bare);
	free(text);
}
END_TEST

/* What a client calls its own end of a Unix socket does not matter. */
START_TEST(no_name_of_a_client_is_written)
{
	static const char *const names[] = { "/tmp/x y", "@x", "" };
	struct child c = { .serial = 1, .pid = 9, .uid = 33 };
	char *text;

	p.hangups = 3;
	c.stats = service_stats_get(&p.all_stats, "a");
	ck_assert_int_eq(addr_from_path(&c.addr, names[_i]), 0);
	ck_assert_int_eq(children_restore(&p.children, 0, &c), 0);
	text = written();
	ck_assert_ptr_nonnull(strstr(text, " client=unix uid=33 "));
	ck_assert_msg(accepts(text), "%s: %s", text, error);
	free(text);
}
END_TEST

START_TEST(full_buckets_are_left_out)
{
	struct source source = { .service = 1 };
	char *text;

	p.hangups = 3;
	service_stats_get(&p.all_stats, "a");
	ck_assert_int_eq(source_parse(&source, "192.0.2.1"), 0);
	/* of a service that is gone, and one that is full */
	sources_restore(&p.sources, &source, INT64_MAX / 2, 1);
	source.service = sources_service(&p.sources, "a");
	sources_enter(&p.sources, &source, 1, 1);
	text = written();
	ck_assert_ptr_null(strstr(text, "\nsource "));
	free(text);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	FILE *out = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(out);
	p.hangups = 3;
	ck_assert_int_eq(state_write(&p.takeover, out), -1);
	fclose(out);
}
END_TEST

/* --- what is refused --- */

/* with a "/" as long as the path of a socket may be */
#define PATH106                                              \
	"01234567890123456789012345678901234567890123456789" \
	"01234567890123456789012345678901234567890123456789012345"
#define NAME63 "0123456789012345678901234567890123456789012345678901234567890ab"
#define TIMES "4611686018427387903" /* INT64_MAX / 2 */
#define TIMES_OVER "4611686018427387904"

/* In LINE the value OLD of a field may be each of GOOD, and none of BAD. */
static const struct {
	int line;
	const char *field, *old;
	const char *good[3], *bad[5];
} values[] = {
	{ 2, "serial", "44", { "0", "4294967295" }, { "4294967296" } },
	{ 2, "hangups", "5", { "11", "1048575" },
	    { "-1", "0", "2", "1048576" } },
	{ 2, "logger", "812", { "0", "2", "2147483646" },
	    { "1", "2147483648", "-1" } },
	{ 2, "logger-started", "77", { "0", TIMES }, { TIMES_OVER } },
	{ 2, "lost", "9", { "0", "9223372036854775807" },
	    { "9223372036854775808" } },
	{ 3, "name", "git", { NULL }, { "-", "", NAME63 "c", "x", "tftp" } },
	{ 3, "accepted", "18446744073709551615", { "0" },
	    { "18446744073709551616" } },
	{ 3, "full-at", "4000000000000000002", { "0", TIMES }, { TIMES_OVER } },
	{ 3, "stderr-read", "8", { "-1", "11" }, { "0", "2", "5", "9", "-2" } },
	{ 4, "name", "tftp", { NULL }, { "git" } },
	/* slot and pid of others, the logger's pid */
	{ 5, "slot", "0", { "1", "65535" }, { "65536", "-1" } },
	{ 6, "slot", "2", { "1" }, { "0" } },
	{ 5, "serial", "41", { "1", "4294967295" }, { "0", "4294967296" } },
	{ 5, "pid", "900", { "2", "2147483646" },
	    { "0", "1", "2147483648", "812" } },
	{ 6, "pid", "2147483647", { "3" }, { "900" } },
	{ 5, "service", "git", { "tftp" }, { "-", "", "x" } },
	{ 5, "client", "192.0.2.7:4411", { "unix", "-", "[::1]:0" },
	    { "", "wait", "x" } },
	{ 5, "uid", "0", { "4294967295" }, { "4294967296" } },
	{ 5, "started", "1", { "0", TIMES }, { TIMES_OVER } },
	{ 5, "deadline", "2000", { "0", TIMES }, { TIMES_OVER } },
	{ 5, "later", "0", { TIMES }, { TIMES_OVER } },
	{ 5, "grace", "5", { "0", "2305843009213693951" },
	    { "2305843009213693952" } },
	{ 5, "signals", "2", { "0", "3" }, { "4", "256" } },
	{ 5, "ending", "3", { "0", "30" }, { "31", "256" } },
	{ 5, "keep", "1", { "0" }, { "2", "256" } },
	{ 5, "starting", "0", { "1" }, { "2", "256" } },
	{ 5, "own", "0", { "1" }, { "2", "256" } },
	{ 5, "refused", "0", { "1" }, { "2", "256" } },
	{ 5, "quiet", "1", { "0" }, { "2", "256" } },
	/* It would need to have no deadline, channel and command. */
	{ 5, "unreapable", "0", { NULL }, { "1", "2" } },
	{ 5, "proxied", "0", { "1" }, { "2", "256" } },
	{ 5, "channel", "6", { "-1", "11" }, { "2", "0", "5", "8" } },
	{ 5, "command", "restart", { "-", NAME63 }, { "", NAME63 "c" } },
	{ 5, "program", "901", { "0", "2147483647" }, { "2147483648" } },
	{ 9, "fd", "3", { "11" }, { "-1", "2", "5", "6", "9" } },
	{ 9, "dev", "26", { "0", "18446744073709551615" }, { "-1" } },
	{ 9, "dual", "1", { "0" }, { "2" } },
	{ 10, "inherited", "0", { "1" }, { "2" } },
	{ 9, "interface", "7", { "0", "2147483647" }, { "-1", "2147483648" } },
	{ 9, "service", "git", { "-" }, { "", "x" } },
	{ 9, "wanted", "[::]:0", { "unix" }, { "-", "", "wait" } },
	{ 9, "bound", "[::]:9418", { "unix" }, { "-", "", "wait" } },
	/* only an inherited socket has a name */
	{ 9, "passed", "web\\040x", { "-", "\\055", NAME63 },
	    { "", "a:b", "a\\011b", "\\303\\244" } },
	{ 10, "passed", "-", { NULL }, { "web" } },
	{ 9, "paused-until", "0", { TIMES }, { TIMES_OVER } },
	/* no such child, one that has a client */
	{ 9, "wait-pid", "0", { NULL }, { "1", "904", "900", "2147483648" } },
	{ 9, "wait-starts", "0", { "2147483647" }, { "2147483648" } },
	{ 9, "wait-since", "0", { TIMES }, { TIMES_OVER } },
	{ 9, "wait-pause", "0", { "60000000000" }, { "60000000001" } },
	/* UDP, and a path */
	{ 11, "datagram", "0", { NULL }, { "1", "2" } },
	{ 12, "source", "192.0.2.0/24", { "uid:0", "::/0" },
	    { "192.0.2.1/24", "x", "uid:-1", "-", "" } },
	{ 12, "full-at", LATER, { "1", TIMES }, { "0", TIMES_OVER } },
	{ 13, "service", "git", { "-", "tftp" }, { "x", "" } },
	{ 15, "sid", "700", { "2", "2147483647" }, { "0", "1", "2147483648" } },
	/* of a child, of the other, and the logger's */
	{ 17, "pid", "813", { "2", "2147483646" },
	    { "1", "900", "812", "814", "2147483648" } },
	{ 17, "channel", "12", { "11", "1048575" }, { "-1", "2", "5", "13" } },
	/* of another relay, of a session, of the daemon; not this session's */
	{ 19, "pid", "950", { "2", "2147483646" },
	    { "1", "951", "900", "812" } },
	{ 19, "state", "4", { "7" }, { "1", "2", "5", "6", "8" } },
	{ 19, "serial", "43", { NULL }, { "0", "44", "4294967296" } },
	{ 19, "slot", "3", { NULL }, { "2", "65536" } },
	{ 19, "channel", "14", { "-1", "11" }, { "2", "0", "6" } },
	{ 19, "gid", "5", { "0", "4294967295" }, { "4294967296" } },
	{ 19, "gone", "4", { "0", "15" }, { "16", "256" } },
	{ 19, "until", "6", { "0", TIMES }, { TIMES_OVER } },
	{ 20, "state", "6", { "5", "7" }, { "1", "2", "3", "4", "8" } },
	{ 20, "deadline", "9", { "0", TIMES }, { TIMES_OVER } },
	{ 21, "slot", "3", { "2" }, { "1", "65536" } },
	{ 21, "name", "web1.example.org", { "uri:spiffe://a/b" },
	    { "-", "", "a\\040b", "*" } },
	{ 3, "drained", "1", { "0" }, { "2", "256" } },
	{ 22, "fd", "15", { "11" }, { "-1", "2", "16", "5" } },
	{ 22, "path", "/run/haild/control.sock", { "/" PATH106 },
	    { "-", "", "run", "/" PATH106 "x" } },
	{ 22, "group", "4294967295", { "0" }, { "-1", "4294967296" } },
	{ 23, "client", "16", { "11" }, { "-1", "2", "15", "17" } },
	{ 23, "command", "upgrade", { "reload", "stop", "drain" },
	    { "status", "kill", "log", "-", "x" } },
	{ 23, "service", "-", { NULL }, { "git", "" } },
	{ 23, "since", "90", { "0", TIMES }, { TIMES_OVER } },
	{ 24, "service", "git", { "-", NAME63 }, { "", NAME63 "c" } },
	{ 25, "started", "1700000000", { "1", TIMES }, { "0", TIMES_OVER } },
	{ 25, "reloads", "3", { "0", "9223372036854775807" },
	    { "9223372036854775808" } },
	{ 25, "log-level", "8", { "0", "1" }, { "9", "256" } },
	{ 25, "stderr-left-out", "17", { "0", "2305843009213693951" },
	    { "-1", "2305843009213693952" } },
	{ 2, "lost-stderr-all", "3", { "0", "9223372036854775807" },
	    { "9223372036854775808" } },
	{ 26, "service", "git", { "tftp" }, { "x", "-" } },
	{ 26, "kind", "outcome", { NULL }, { "x", "refused", "-" } },
	{ 26, "name", "exit", { "killed-by-admin" }, { "access", "x", "-" } },
	{ 26, "value", "5", { "1", "9223372036854775807" },
	    { "0", "9223372036854775808" } },
	{ 27, "name", "service-limit", { "access" }, { "exit" } },
	{ 28, "name", "11", { "0" }, { "12", "-1" } },
	{ 29, "name", "cpu", { "bytes-out" }, { "x" } },
	{ 30, "name", "refused-later", { "bytes-in" }, { "x" } },
	{ 31, "slot", "3", { "0", "9" }, { "1", "65536" } },
	{ 31, "out", "9223372036854775807", { "0" },
	    { "9223372036854775808" } },
};

START_TEST(each_value_has_its_range)
{
	char from[80], by[160];
	const char *text;
	size_t i, j;
	int line;

	for (i = 0; i < COUNT(values); i++) {
		snprintf(from, sizeof(from), " %s=%s", values[i].field,
		    values[i].old);
		line = values[i].line;
		for (j = 0; j < 3 && values[i].good[j] != NULL; j++) {
			snprintf(by, sizeof(by), " %s=%s", values[i].field,
			    values[i].good[j]);
			text = changed(line, from, by);
			ck_assert_msg(
			    accepts(text), "line %d%s: %s", line, by, error);
			check_parts();
		}
		for (j = 0; j < 5 && values[i].bad[j] != NULL; j++) {
			snprintf(by, sizeof(by), " %s=%s", values[i].field,
			    values[i].bad[j]);
			text = changed(line, from, by);
			ck_assert_msg(
			    !accepts(text), "line %d%s is accepted", line, by);
			ck_assert_int_eq(strncmp(error, "line ", 5), 0);
		}
	}
}
END_TEST

/* The slot has the relay's pid; a relay that does not start yet is not there.
 */
START_TEST(a_handshake_goes_on)
{
	const char *text = state_with(19,
	    "relay slot=2 serial=42 pid=2147483647 state=2 channel=14 gid=5 "
	    "gone=0 until=6 deadline=0\n");

	ck_assert_msg(accepts(text), "%s", error);
	ck_assert(p.children.slots[2].handshake);
	ck_assert_uint_eq(p.children.slots[2].relay, 1);
	text = state_with(19,
	    "relay slot=2 serial=42 pid=2147483647 state=4 channel=14 gid=5 "
	    "gone=0 until=6 deadline=0\n");
	ck_assert(!accepts(text));
	/* Without a deadline it is the session's process. */
	text = state_with(19,
	    "relay slot=2 serial=42 pid=2147483647 state=4 channel=14 gid=5 "
	    "gone=0 until=0 deadline=0\n");
	ck_assert_msg(accepts(text), "%s", error);
	ck_assert(!p.children.slots[2].handshake);
	ck_assert_uint_eq(p.children.slots[2].relay, 1);
}
END_TEST

#define LEAF(slot, which)                 \
	"leaf slot=" slot " which=" which \
	" number=9 cpu=5 denied=6 oom=7 memory=0 tasks=2\n"

/* With that line before the one about the control socket. */
static const char *
state_with_leaf(const char *leaf)
{
	char both[512], *text;

	snprintf(both, sizeof(both), "%s%s", leaf, lines[21]);
	text = (char *)(uintptr_t)state_with(22, both);
	memcpy(strstr(text, "end lines="), "end lines=32\n", 13);
	return text;
}

START_TEST(a_session_keeps_its_cgroup)
{
	const char *text = state_with_leaf(LEAF("3", "1"));
	char *copy = strdup(text), *again;
	const struct leaf *leaf;
	const struct child *c;

	unit_enter_dir();
	empty();
	p.leaves = (struct leaves) { .due = -1, .has = CGROUP_LEAVES };
	p.leaves.table = calloc(LEAVES_MAX, sizeof(*p.leaves.table));
	p.leaves.dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(
	    state_read(&p.takeover, copy, error, sizeof(error)), 0);
	c = &p.children.slots[3];
	ck_assert_uint_eq(c->leaves[0], 0);
	ck_assert_uint_ne(c->leaves[1], 0);
	leaf = leaf_pools_at(&p.leaves, c->leaves[1]);
	ck_assert_uint_eq(leaf->number, 9);
	ck_assert_int_eq(leaf->cpu, 5);
	ck_assert_int_eq(leaf->denied, 6);
	ck_assert_int_eq(leaf->oom, 7);
	ck_assert_int_eq(leaf->limits.tasks, 2);
	/* It was not used for one session from the start. */
	ck_assert(leaf->once);
	again = written();
	ck_assert_str_eq(again, text);
	close(p.leaves.dir);
	free(p.leaves.pools);
	free(p.leaves.table);
	free(again);
	free(copy);
	unit_leave_dir();
	/* no such session; no such cgroup of one */
	refuse(state_with_leaf(LEAF("1", "0")), 22);
	refuse(state_with_leaf(LEAF("3", "2")), 22);
	/* Without cgroups now, it goes on without. */
	text = state_with_leaf(LEAF("3", "1"));
	ck_assert_msg(accepts(text), "%s", error);
	ck_assert_uint_eq(p.children.slots[3].leaves[1], 0);
}
END_TEST

START_TEST(references_and_the_daemon_come_first)
{
	static char text[1024];

	/* a session of a service that follows; a second daemon; none */
	refuse("haild-state version=1\n" DAEMON LOST
	       "source service=git source=::1 full-at=1\n",
	    3);
	snprintf(text, sizeof(text), "%s%s%s%s", lines[0], lines[1], lines[3],
	    lines[3]);
	refuse(text, 4); /* the same service again */
	refuse("haild-state version=1\n" DAEMON LOST DAEMON LOST, 3);
	snprintf(text, sizeof(text), "%s%send lines=3\n", lines[0], lines[2]);
	ck_assert(!accepts(text));
	refuse(state_with(8, lines[6]), 8); /* the same child again */
	/* a second socket, history, and the same count again */
	refuse(
	    state_with(23, "control fd=16 path=/a dev=1 ino=1 group=1\n"), 23);
	refuse(state_with(26, lines[24]), 26);
	refuse(state_with(27, lines[25]), 27);
}
END_TEST

START_TEST(a_cut_is_noticed_at_every_byte)
{
	const char *text = state();
	size_t len, all = strlen(text);

	for (len = 0; len < all - 1; len++)
		ck_assert_msg(!accepts_bytes(text, len),
		    "%zu bytes of %zu are taken for all", len, all);
	ck_assert(accepts_bytes(text, all - 1));
}
END_TEST

/* --- random states --- */

/* xorshift64: the same numbers everywhere. */
static uint64_t seed;

static uint64_t
random_bits(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static size_t
random_below(size_t n)
{
	return (size_t)(random_bits() % n);
}

static int64_t
random_time(void)
{
	return (int64_t)(random_bits() >> 2);
}

static bool
random_flag(void)
{
	return random_below(2) == 0;
}

/* As text of at most SIZE - 1 bytes, of any kind. */
static const char *
random_word(char *buf, size_t size)
{
	size_t i, len = 1 + random_below(size - 1);

	for (i = 0; i < len; i++)
		buf[i] = (char)(1 + random_below(255));
	buf[len] = '\0';
	return buf;
}

static struct addr
random_addr(void)
{
	static const char *const hosts[] = { "192.0.2.7", "::1", "0.0.0.0",
		"2001:db8::7" };
	char path[ADDR_PATH_MAX + 1];
	struct addr a;

	if (random_below(4) == 0) {
		random_word(path, sizeof(path));
		path[0] = random_flag() || path[1] == '\0' ? '/' : '@';
		ck_assert_int_eq(addr_from_path(&a, path), 0);
	} else
		ck_assert_int_eq(
		    addr_from_numeric(&a, hosts[random_below(COUNT(hosts))],
			(unsigned int)random_below(65536)),
		    0);
	return a;
}

static struct service_stats *
random_stats(int *fd)
{
	char name[SERVICE_NAME_MAX + 1];
	struct service_stats *t =
	    service_stats_get(&p.all_stats, random_word(name, sizeof(name)));

	ck_assert_ptr_nonnull(t);
	t->accepted = random_bits();
	t->refused = random_bits();
	t->failed = random_bits();
	t->usage.full_at = random_time();
	if (random_flag()) {
		t->stderr_read = (*fd)++;
		t->stderr_write = (*fd)++;
	}
	return t;
}

static void
random_child(uint32_t slot, struct service_stats *t, int *fd)
{
	char name[SERVICE_NAME_MAX + 1];
	struct child c = { .stats = t };

	c.started = random_time();
	c.deadline = random_flag() ? random_time() : 0;
	c.later = random_time();
	c.grace = random_time() / 2;
	c.pid = (pid_t)(2 + slot * 7);
	c.program = (pid_t)random_below(INT_MAX);
	c.serial = 1 + (uint32_t)random_below(UINT32_MAX);
	c.uid = (uid_t)random_bits();
	c.signals = (uint8_t)random_below(END_STEPS + 1);
	c.ending = (uint8_t)random_below((NOUTCOMES - 1) + 1);
	c.keep = random_flag();
	c.starting = random_flag();
	c.own = random_flag();
	c.refused = random_flag();
	c.quiet = random_flag();
	c.unreapable = random_below(8) == 0;
	if (c.unreapable)
		c.deadline = 0;
	c.proxied = random_flag();
	c.channel = !c.unreapable && random_flag() ? (*fd)++ : 0;
	memset(&c.addr, 0, sizeof(c.addr));
	c.addr = random_addr();
	if (c.addr.sa.sa_family == AF_UNIX)
		addr_from_path(&c.addr, "");
	if (!c.unreapable && random_flag()) {
		c.command =
		    service_stats_command(t, random_word(name, sizeof(name)));
		ck_assert_ptr_nonnull(c.command);
		c.command->live++;
	}
	ck_assert_int_eq(children_restore(&p.children, slot, &c), 0);
}

static void
random_listener(struct service_stats *t, int *fd)
{
	struct listeners *all = &p.listeners;
	struct listener l = { .fd = (*fd)++, .stats = t };

	l.wanted = random_addr();
	l.addr = random_addr();
	l.dgram = l.addr.sa.sa_family != AF_UNIX && random_flag();
	l.dual = random_flag();
	l.inherited = random_flag();
	l.ifindex = (int)random_below(INT_MAX);
	if (l.inherited && random_flag())
		l.passed = strdup("a b");
	l.dev = random_bits();
	l.ino = random_bits();
	l.paused_until = random_time();
	l.wait_socket.starts = (unsigned int)random_below(INT_MAX);
	l.wait_socket.since = random_time();
	l.wait_socket.pause = (int64_t)random_below(60 * SECOND);
	all->list = reallocarray(all->list, all->n + 1, sizeof(l));
	ck_assert_ptr_nonnull(all->list);
	all->list[all->n++] = l;
}

static bool
same_child(const struct child *a, const struct child *b)
{
	return a->started == b->started && a->deadline == b->deadline &&
	    a->later == b->later && a->grace == b->grace && a->pid == b->pid &&
	    a->program == b->program && a->serial == b->serial &&
	    a->signals == b->signals && a->ending == b->ending &&
	    a->keep == b->keep && a->starting == b->starting &&
	    a->own == b->own && a->refused == b->refused &&
	    a->quiet == b->quiet && a->unreapable == b->unreapable &&
	    a->channel == b->channel && a->proxied == b->proxied &&
	    a->uid == b->uid && addr_equal(&a->addr, &b->addr);
}

START_TEST(writing_and_reading_are_inverse)
{
	static struct child children[64];
	static struct listener listeners[8];
	static bool has_name[8];
	struct service_stats *t;
	char *text, *again;
	int round, fd;
	uint32_t i;

	seed = UINT64_C(0x57a7e);
	for (round = 0; round < 200; round++) {
		empty();
		fd = 3;
		p.hangups = fd++;
		p.logger = random_flag() ? INT_MAX : 0;
		p.logger_started = random_time();
		p.drained = random_flag();
		p.lost.all = random_below(LONG_MAX);
		p.lost.syslog_untold = random_below(LONG_MAX);
		p.lost.stderr_untold = random_below(LONG_MAX);
		p.lost.stderr_all = random_below(LONG_MAX);
		t = random_stats(&fd);
		for (i = 0; i < 64; i++) {
			if (random_below(8) == 0)
				t = random_stats(&fd);
			children[i].pid = 0;
			if (random_flag()) {
				random_child(i, t, &fd);
				children[i] = p.children.slots[i];
			}
		}
		for (i = 0; i < 8; i++) {
			random_listener(random_flag() ? t : NULL, &fd);
			listeners[i] = p.listeners.list[i];
			has_name[i] = listeners[i].passed != NULL;
			if (random_flag())
				leftovers_note(&p.leftovers,
				    (pid_t)(2 + random_below(INT_MAX - 2)));
		}
		children_restored(&p.children, (uint32_t)random_bits());
		text = written();
		ck_assert_msg(accepts(text), "%s\n%s", error, text);
		check_parts();
		for (i = 0; i < 64; i++)
			ck_assert(children[i].pid == 0
				? p.children.slots[i].pid == 0
				: same_child(
				      &children[i], &p.children.slots[i]));
		for (i = 0; i < 8; i++) {
			const struct listener *a = &listeners[i];
			const struct listener *b = &p.listeners.list[i];

			ck_assert(a->fd == b->fd && a->dgram == b->dgram &&
			    a->dual == b->dual && a->ifindex == b->ifindex &&
			    a->inherited == b->inherited && a->dev == b->dev &&
			    has_name[i] == (b->passed != NULL) &&
			    a->ino == b->ino &&
			    a->paused_until == b->paused_until &&
			    addr_equal(&a->addr, &b->addr) &&
			    addr_equal(&a->wanted, &b->wanted) &&
			    memcmp(&a->wait_socket, &b->wait_socket,
				sizeof(a->wait_socket)) == 0);
		}
		again = written();
		ck_assert_str_eq(again, text);
		free(again);
		free(text);
	}
}
END_TEST

/* --- harm --- */

/* Change some bytes of TEXT, which has LEN of them and room for more. */
static size_t
corrupt(char *text, size_t len)
{
	static const char likely[] = "0123456789 \n-/:[]\\=";
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
corrupt_many(int n, size_t changes)
{
	char text[8192], *again;
	int i, accepted = 0;
	size_t j, len;

	for (i = 0; i < n; i++) {
		strlcpy(text, state(), sizeof(text));
		len = strlen(text);
		for (j = 1 + random_below(changes); j > 0; j--)
			len = corrupt(text, len);
		if (!accepts_bytes(text, len))
			continue;
		accepted++;
		check_parts();
		/* what was accepted can be handed over again */
		again = written();
		ck_assert_msg(accepts(again), "%s\n%s", again, error);
		free(again);
		check_parts();
	}
	return accepted;
}

START_TEST(corrupted_states_do_no_harm)
{
	int n;

	seed = UINT64_C(0x68a11d5eed);
	n = corrupt_many(4000, 1);
	ck_assert_int_gt(n, 200);
	ck_assert_int_lt(n, 2000);
	n = corrupt_many(1500, 12);
	ck_assert_int_gt(n, 10);
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
		/* and after a good first line */
		if (len > strlen(lines[0])) {
			memcpy(text, lines[0], strlen(lines[0]));
			ck_assert(!accepts_bytes(text, len));
		}
	}
}
END_TEST

/* --- full tables --- */

static void
put_source(FILE *out, int i)
{
	fprintf(out, "source service=- source=10.%d.%d.%d full-at=" LATER "\n",
	    i >> 16, i >> 8 & 255, i & 255);
}

static void
put_leftover(FILE *out, int i)
{
	fprintf(
	    out, "leftover sid=7%d%03d%03d\n", i >> 16, i >> 8 & 255, i & 255);
}

/* A state of N records that PUT writes. */
static char *
many(void (*put)(FILE *out, int i), int n)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	ck_assert_ptr_nonnull(out);
	fprintf(out, "%s%s", lines[0], DAEMON LOST);
	for (i = 0; i < n; i++)
		put(out, i);
	fprintf(out, "end lines=%d\n", n + 2);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(more_than_fits_is_dropped)
{
	char *text;

	text = many(put_source, SOURCES_MAX + 10);
	ck_assert_msg(accepts(text), "%s", error);
	free(text);
	ck_assert_uint_eq(p.sources.count, SOURCES_MAX);
	text = written();
	ck_assert_msg(accepts(text), "%s", error);
	free(text);
	ck_assert_uint_eq(p.sources.count, SOURCES_MAX);

	text = many(put_leftover, LEFTOVERS_MAX + 10);
	ck_assert_msg(accepts(text), "%s", error);
	free(text);
	ck_assert_uint_eq(p.leftovers.n, LEFTOVERS_MAX);
}
END_TEST

/*
 * Every slot in use, and in each the deadline of another: slots say nothing of
 * time.  Clients wait meanwhile, so it must not take long.
 */
START_TEST(a_full_table_is_read_soon)
{
	clock_t before, took;
	char *text, *again;
	struct service_stats *t;
	uint32_t i;

	p.hangups = 3;
	t = service_stats_get(&p.all_stats, "a");
	for (i = 0; i < SESSIONS_MAX; i++) {
		struct child *c = &p.children.slots[i];

		c->serial = i + 1;
		c->pid = (pid_t)(100000 + i);
		c->started = 5;
		/* 40503 is odd: each deadline once, all over the place */
		c->deadline = 10 + (i * UINT32_C(40503)) % SESSIONS_MAX;
		c->stats = t;
		c->channel = (int)(10 + i);
		ck_assert_int_eq(
		    addr_from_numeric(&c->addr, "192.0.2.1", i), 0);
	}
	p.children.used = SESSIONS_MAX;
	/* Of the processor's time: a busy machine does not stretch that. */
	before = clock();
	text = written();
	ck_assert_msg(accepts(text), "%s", error);
	took = clock() - before;
	printf("# written and read in %ld ms, %zu bytes\n",
	    (long)(took * 1000 / CLOCKS_PER_SEC), strlen(text));
	check_parts();
	ck_assert_uint_lt(strlen(text), STATE_MAX / 2);
	ck_assert_uint_eq(p.children.live, SESSIONS_MAX);
	ck_assert_ptr_null(p.children.free);
	again = written();
	ck_assert_str_eq(again, text);
	free(again);
	free(text);
	/* 0.3 s, or 10 under valgrind; put in one by one it would be 49 */
	ck_assert_int_lt(took / CLOCKS_PER_SEC, 30);
}
END_TEST

/* Otherwise the fuzzer would not get past a field that is new. */
START_TEST(the_corpus_of_the_fuzzer_has_a_valid_state)
{
	static char text[8192];
	const char *srcdir = getenv("srcdir");
	char path[PATH_MAX];
	size_t len;
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/state/all",
	    srcdir != NULL ? srcdir : ".");
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "%s: %s", path, strerror(errno));
	len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	ck_assert_msg(accepts_bytes(text, len), "%s: %s", path, error);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, empty, empty);
	tcase_add_test(tc, what_is_read_is_written_again);
	tcase_add_test(tc, everything_is_where_it_was);
	tcase_add_test(tc, an_empty_daemon_is_a_state_too);
	tcase_add_loop_test(tc, no_name_of_a_client_is_written, 0, 3);
	tcase_add_test(tc, full_buckets_are_left_out);
	tcase_add_test(tc, a_full_disk_is_an_error);
	tcase_add_test(tc, each_value_has_its_range);
	tcase_add_test(tc, a_handshake_goes_on);
	tcase_add_test(tc, a_session_keeps_its_cgroup);
	tcase_add_test(tc, references_and_the_daemon_come_first);
	tcase_add_test(tc, a_cut_is_noticed_at_every_byte);
	tcase_add_test(tc, writing_and_reading_are_inverse);
	tcase_add_test(tc, corrupted_states_do_no_harm);
	tcase_add_test(tc, noise_is_refused);
	tcase_add_test(tc, more_than_fits_is_dropped);
	tcase_add_test(tc, a_full_table_is_read_soon);
	tcase_add_test(tc, the_corpus_of_the_fuzzer_has_a_valid_state);
}

int
main(void)
{
	return unit_run("state", add);
}
