#include "haild/takeover/state.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config/passed.h"
#include "haild/admission/sources.h"
#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/listen/listener.h"
#include "haild/relays/relays.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/record.h"
#include "haild/takeover/state_bytes.h"
#include "haild/takeover/state_control.h"
#include "haild/takeover/state_leaves.h"
#include "haild/takeover/state_leftovers.h"
#include "haild/takeover/state_relays.h"
#include "haild/takeover/state_sources.h"
#include "haild/takeover/state_uids.h"

/* --- the tables --- */

struct daemon_record {
	uint32_t serial; /* of the last child */
	int hangups;
	pid_t logger; /* 0: none */
	int64_t logger_started;
	struct log_lost lost;
	bool drained;
};
struct listener_record {
	const char *service; /* NULL: none */
	const char *passed;  /* NULL: none */
	struct listener l;
};
struct child_record {
	uint32_t slot;
	const char *service;
	const char *command; /* NULL: none */
	struct child c;
};

static const struct record_field daemon_fields[] = {
	NUMBER(daemon_record, serial, "serial", 0, UINT32_MAX),
	FD(daemon_record, hangups, "hangups", 1),
	NUMBER(daemon_record, logger, "logger", 0, INT_MAX),
	TIME(daemon_record, logger_started, "logger-started"),
	NUMBER(daemon_record, lost.all, "lost", 0, LONG_MAX),
	NUMBER(daemon_record, lost.syslog_untold, "lost-syslog", 0, LONG_MAX),
	NUMBER(daemon_record, lost.stderr_untold, "lost-stderr", 0, LONG_MAX),
	FLAG(daemon_record, drained, "drained"),
	NUMBER(daemon_record, lost.stderr_all, "lost-stderr-all", 0, LONG_MAX),
};
static const struct record_field stats_fields[] = {
	WORD(service_stats, name, "name", 1, SERVICE_NAME_MAX),
	NUMBER(service_stats, accepted, "accepted", 0, UINT64_MAX),
	NUMBER(service_stats, refused, "refused", 0, UINT64_MAX),
	NUMBER(service_stats, failed, "failed", 0, UINT64_MAX),
	TIME(service_stats, usage.full_at, "full-at"),
	FLAG(service_stats, drained, "drained"),
	FD(service_stats, stderr_read, "stderr-read", 0),
	FD(service_stats, stderr_write, "stderr-write", 0),
};
static const struct record_field child_fields[] = {
	NUMBER(child_record, slot, "slot", 0, SESSIONS_MAX - 1),
	NUMBER(child_record, c.serial, "serial", 1, UINT32_MAX),
	NUMBER(child_record, c.pid, "pid", 2, INT_MAX),
	WORD(child_record, service, "service", 1, SERVICE_NAME_MAX),
	ADDRESS(child_record, c.addr, "client", 0),
	NUMBER(child_record, c.uid, "uid", 0, UINT32_MAX),
	TIME(child_record, c.started, "started"),
	TIME(child_record, c.deadline, "deadline"),
	TIME(child_record, c.later, "later"),
	NUMBER(child_record, c.grace, "grace", 0, INT64_MAX / 4),
	NUMBER(child_record, c.signals, "signals", 0, END_STEPS),
	NUMBER(child_record, c.ending, "ending", 0, (NOUTCOMES - 1)),
	FLAG(child_record, c.keep, "keep"),
	FLAG(child_record, c.starting, "starting"),
	FLAG(child_record, c.own, "own"),
	FLAG(child_record, c.monitor, "monitor"),
	FLAG(child_record, c.refused, "refused"),
	FLAG(child_record, c.quiet, "quiet"),
	FLAG(child_record, c.unreapable, "unreapable"),
	FLAG(child_record, c.proxied, "proxied"),
	FD(child_record, c.channel, "channel", 0),
	WORD(child_record, command, "command", 0, SERVICE_NAME_MAX),
	NUMBER(child_record, c.program, "program", 0, INT_MAX),
};
static const struct record_field listener_fields[] = {
	FD(listener_record, l.fd, "fd", 1),
	NUMBER(listener_record, l.dev, "dev", 0, UINT64_MAX),
	NUMBER(listener_record, l.ino, "ino", 0, UINT64_MAX),
	FLAG(listener_record, l.dual, "dual"),
	FLAG(listener_record, l.dgram, "datagram"),
	FLAG(listener_record, l.inherited, "inherited"),
	NUMBER(listener_record, l.ifindex, "interface", 0, INT_MAX),
	WORD(listener_record, service, "service", 0, SERVICE_NAME_MAX),
	ADDRESS(listener_record, l.wanted, "wanted", 1),
	ADDRESS(listener_record, l.addr, "bound", 1),
	WORD(listener_record, passed, "passed", 0, PASSED_NAME_MAX),
	TIME(listener_record, l.paused_until, "paused-until"),
	NUMBER(listener_record, l.wait_socket.pid, "wait-pid", 0, INT_MAX),
	NUMBER(
	    listener_record, l.wait_socket.starts, "wait-starts", 0, INT_MAX),
	TIME(listener_record, l.wait_socket.since, "wait-since"),
	NUMBER(listener_record, l.wait_socket.pause, "wait-pause", 0,
	    WAIT_SOCKET_PAUSE_LAST),
};

/* --- what a record must agree with --- */

static bool
take_daemon(void *arg, const void *record)
{
	const struct daemon_record *r = record;
	struct takeover *t = arg;

	if (r->logger == 1)
		return false;
	t->children->serial = r->serial;
	*t->hangups = r->hangups;
	*t->logger = r->logger;
	*t->logger_started = r->logger_started;
	*t->lost = r->lost;
	*t->drained = r->drained;
	return true;
}

static bool
take_stats(void *arg, const void *record)
{
	const struct service_stats *r = record;
	struct takeover *t = arg;
	struct service_stats *stats;

	if (service_stats_find(t->all_stats, r->name) != NULL ||
	    (stats = service_stats_get(t->all_stats, r->name)) == NULL)
		return false;
	stats->accepted = r->accepted;
	stats->refused = r->refused;
	stats->failed = r->failed;
	stats->usage.full_at = r->usage.full_at;
	stats->drained = r->drained;
	stats->stderr_read = r->stderr_read;
	stats->stderr_write = r->stderr_write;
	return true;
}

static bool
take_child(void *arg, const void *record)
{
	const struct child_record *r = record;
	struct takeover *t = arg;
	struct child c = r->c;

	if (c.pid == *t->logger ||
	    (c.stats = service_stats_find(t->all_stats, r->service)) == NULL)
		return false;
	if (c.channel == -1)
		c.channel = 0;
	if (c.unreapable &&
	    (c.deadline != 0 || c.channel != 0 || r->command != NULL))
		return false;
	if (r->command != NULL &&
	    (c.command = service_stats_command(c.stats, r->command)) == NULL)
		return false;
	if (children_restore(t->children, r->slot, &c) == -1)
		return false;
	if (c.command != NULL)
		c.command->live++;
	return true;
}

static bool
take_listener(void *arg, const void *record)
{
	const struct listener_record *r = record;
	struct takeover *t = arg;
	struct listeners *all = t->listeners;
	struct listener l = r->l, *list;
	const struct child *holder;

	if (r->service != NULL &&
	    (l.stats = service_stats_find(t->all_stats, r->service)) == NULL)
		return false;
	if (l.dgram && l.addr.sa.sa_family == AF_UNIX)
		return false;
	if (l.wait_socket.pid != 0 &&
	    ((holder = children_find(t->children, l.wait_socket.pid)) == NULL ||
		holder->addr.sa.sa_family != AF_UNSPEC))
		return false;
	if (r->passed != NULL &&
	    (!l.inherited || !passed_is_valid(r->passed) ||
		(l.passed = strdup(r->passed)) == NULL))
		return false;
	if ((list = reallocarray(all->list, all->n + 1, sizeof(l))) == NULL) {
		free(l.passed);
		return false;
	}
	all->list = list;
	all->list[all->n++] = l;
	return true;
}

/* In the order in which they are written: later ones refer to earlier ones. */
enum {
	DAEMON,
	STATS,
	CHILD,
	LISTENER,
	SOURCE,
	LEFTOVER,
	LINGER,
	RELAY,
	IDENTITY,
	UID,
	LEAF,
	CONTROL,
	WAITER,
	HISTORY,
	COUNT,
	BYTES,
	NKINDS
};
#define KIND(name, structure, once)                                   \
	{                                                             \
#name, name##_fields,                                 \
		    sizeof(name##_fields) / sizeof(name##_fields[0]), \
		    sizeof(structure), once, take_##name              \
	}
static const struct record_kind kinds[NKINDS] = {
	KIND(daemon, struct daemon_record, true),
	KIND(stats, struct service_stats, false),
	KIND(child, struct child_record, false),
	KIND(listener, struct listener_record, false),
	KIND(source, struct source_record, false),
	KIND(leftover, struct leftover_record, false),
	KIND(linger, struct linger_process, false),
	KIND(relay, struct relay, false),
	KIND(identity, struct identity_record, false),
	KIND(uid, struct uid_record, false),
	KIND(leaf, struct leaf_record, false),
	KIND(control, struct control_record, false),
	KIND(waiter, struct waiter_record, false),
	KIND(history, struct control_history, false),
	KIND(count, struct count_record, false),
	KIND(bytes, struct bytes_record, false),
};
static const struct record_format format = { "haild-state", STATE_VERSION,
	kinds, NKINDS };

/* --- writing --- */

static void
write_children(struct record_writer *w, const struct children *all)
{
	struct child_record r;
	uint32_t i;

	for (i = 0; i < all->used; i++) {
		if (all->slots[i].pid == 0)
			continue;
		r = (struct child_record) { .slot = i, .c = all->slots[i] };
		r.service = r.c.stats->name;
		if (r.c.command != NULL)
			r.command = r.c.command->name;
		if (r.c.channel == 0)
			r.c.channel = -1;
		/* Only its uid counts, not the name it may have bound. */
		if (r.c.addr.sa.sa_family == AF_UNIX)
			addr_from_path(&r.c.addr, "");
		record_write(w, &kinds[CHILD], &r);
	}
}

static void
write_listeners(struct record_writer *w, const struct listeners *all)
{
	struct listener_record r;
	size_t i;

	for (i = 0; i < all->n; i++) {
		r = (struct listener_record) { .l = all->list[i] };
		if (r.l.stats != NULL)
			r.service = r.l.stats->name;
		r.passed = r.l.passed;
		record_write(w, &kinds[LISTENER], &r);
	}
}

int
state_write(const struct takeover *t, FILE *out)
{
	const struct daemon_record daemon = { t->children->serial, *t->hangups,
		*t->logger, *t->logger_started, *t->lost, *t->drained };
	const struct service_stats *stats;
	struct record_writer w;

	record_begin(&w, &format, out);
	record_write(&w, &kinds[DAEMON], &daemon);
	TAILQ_FOREACH(stats, t->all_stats, entry)
		record_write(&w, &kinds[STATS], stats);
	write_children(&w, t->children);
	write_listeners(&w, t->listeners);
	state_write_sources(&w, &kinds[SOURCE], t);
	state_write_leftovers(&w, &kinds[LEFTOVER], t);
	state_write_linger(&w, &kinds[LINGER], t);
	state_write_relays(&w, &kinds[RELAY], t->relays);
	state_write_identities(&w, &kinds[IDENTITY], t->children);
	state_write_uids(&w, &kinds[UID], t);
	state_write_leaves(&w, &kinds[LEAF], t->children, t->leaves);
	state_write_control(&w, &kinds[CONTROL], &kinds[WAITER], t->control);
	if (t->history->started != 0)
		record_write(&w, &kinds[HISTORY], t->history);
	state_write_counts(&w, &kinds[COUNT], t->all_stats);
	state_write_bytes(&w, &kinds[BYTES], t->children);
	return record_end(&w);
}

/* --- reading --- */

int
state_read(struct takeover *t, char *text, char *error, size_t size)
{
	if (record_read(&format, t, text, error, size) == -1)
		return -1;
	if (children_restored(t->children, t->children->serial) == 0)
		return 0;
	snprintf(error, size, "%s", strerror(errno));
	return -1;
}
