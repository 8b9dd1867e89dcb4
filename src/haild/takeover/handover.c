/*
 * handover.c -- the state that one image of the daemon leaves to the next.
 */

#include "haild/takeover/handover.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>

#include "lib/io.h"
#include "lib/number.h"
#include "haild/listen/wait_socket.h"
#include "haild/children/service_stats.h"

#define WORDS_MAX 16
#define FD_MAX INT_MAX
#define TIME_MAX (INT64_MAX / 2) /* room to add a duration */

/* --- writing --- */

/* A word that may hold anything, as one without blanks; "-" for none. */
static void
put_word(const char *text, FILE *out)
{
	char seen[8];

	if (*text == '\0' || strcmp(text, "-") == 0)
		fputs("-", out);
	else
		for (; *text != '\0'; text++) {
			vis(seen, *text, VIS_WHITE | VIS_OCTAL, text[1]);
			fputs(seen, out);
		}
}

/*
 * Whether its path is one that a service can want.  A client may bind its own
 * end to anything, and so may who left us a socket: relative, or without a NUL.
 */
static bool
has_path(const struct addr *a)
{
	return a->un.sun_path[0] == '/' &&
	    memchr(a->un.sun_path, '\0', sizeof(a->un.sun_path)) != NULL;
}

static void
put_address(const struct addr *a, FILE *out)
{
	char text[ADDR_TEXT_MAX];

	fputc(' ', out);
	if (a->sa.sa_family == AF_UNIX && !has_path(a))
		fputs("unix", out);
	else
		put_word(addr_print(a, text, sizeof(text)), out);
}

/* What counts on a Unix socket is the client's uid, not what it calls itself.
 */
static void
put_client(const struct addr *a, FILE *out)
{
	if (a->sa.sa_family == AF_UNIX)
		fputs(" unix", out);
	else if (a->sa.sa_family == AF_UNSPEC)
		fputs(" wait", out);
	else
		put_address(a, out);
}

static size_t
put_stats(const struct server *s, FILE *out)
{
	const struct service_stats *t;
	size_t n = 0;

	TAILQ_FOREACH(t, &s->all_stats, entry) {
		fprintf(out,
		    "stats %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d\n",
		    t->name, t->accepted, t->refused, t->failed, t->stderr_read,
		    t->stderr_write);
		n++;
	}
	return n;
}

static size_t
put_listeners(const struct server *s, FILE *out)
{
	const struct listener *l;
	size_t i, lines = 0;

	for (i = 0; i < s->listeners.n; i++) {
		l = &s->listeners.list[i];
		fprintf(out, "listener %d %ju %ju %d %s", l->fd,
		    (uintmax_t)l->dev, (uintmax_t)l->ino, l->dual,
		    l->stats == NULL ? "-" : l->stats->name);
		put_address(&l->wanted, out);
		put_address(&l->addr, out);
		fputc('\n', out);
		lines++;
		if (!l->dgram)
			continue;
		fprintf(out, "datagram %d\n", l->fd);
		lines++;
	}
	return lines;
}

static size_t
put_loans(const struct server *s, FILE *out)
{
	const struct listener *l;
	size_t i, n = 0;

	for (i = 0; i < s->listeners.n; i++) {
		l = &s->listeners.list[i];
		if (l->wait_socket.pid == 0)
			continue;
		fprintf(out, "loan %d %d\n", l->fd, (int)l->wait_socket.pid);
		n++;
	}
	return n;
}

/* When those that were started often may be started again (wait_socket.h). */
static size_t
put_pauses(const struct server *s, FILE *out)
{
	const struct listener *l;
	size_t i, n = 0;

	for (i = 0; i < s->listeners.n; i++) {
		l = &s->listeners.list[i];
		if (l->wait_socket.starts == 0)
			continue;
		fprintf(out,
		    "starts %d %u %" PRId64 " %" PRId64 " %" PRId64 "\n", l->fd,
		    l->wait_socket.starts, l->wait_socket.since,
		    l->wait_socket.pause, l->paused_until);
		n++;
	}
	return n;
}

static size_t
put_children(const struct server *s, FILE *out)
{
	const struct child *c;
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < s->children.used; i++) {
		c = &s->children.slots[i];
		if (c->pid == 0)
			continue;
		fprintf(out,
		    "child %" PRIu32 " %" PRIu32 " %d %" PRId64 " %" PRId64
		    " %" PRId64 " %d %d %d %u %s",
		    i, c->serial, (int)c->pid, c->started, c->deadline,
		    c->grace, c->signals, c->ending, c->keep,
		    (unsigned int)c->uid, c->stats->name);
		put_client(&c->addr, out);
		fputc('\n', out);
		n++;
	}
	return n;
}

/* Of those that have more to tell: a channel, or no program. */
static size_t
put_more(const struct server *s, FILE *out)
{
	const struct child *c;
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < s->children.used; i++) {
		c = &s->children.slots[i];
		if (c->pid == 0 ||
		    (!c->own && !c->starting && c->channel == 0 &&
			!c->refused && !c->quiet))
			continue;
		fprintf(out, "more %" PRIu32 " %d %d %" PRId64 " %d %d %d\n", i,
		    c->own, c->starting, c->later,
		    c->channel == 0 ? -1 : c->channel, c->refused, c->quiet);
		n++;
	}
	return n;
}

static size_t
put_proxied(const struct server *s, FILE *out)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < s->children.used; i++)
		if (s->children.slots[i].pid != 0 &&
		    s->children.slots[i].proxied) {
			fprintf(out, "proxied %" PRIu32 "\n", i);
			n++;
		}
	return n;
}

static size_t
put_commands(const struct server *s, FILE *out)
{
	const struct child *c;
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < s->children.used; i++) {
		c = &s->children.slots[i];
		if (c->pid == 0 || (c->command == NULL && c->program == 0))
			continue;
		fprintf(out, "command %" PRIu32 " %s %d\n", i,
		    c->command != NULL ? c->command->name : "-",
		    (int)c->program);
		n++;
	}
	return n;
}

static size_t
put_rates(const struct server *s, int64_t now, FILE *out)
{
	const struct service_stats *t;
	size_t n = 0;

	TAILQ_FOREACH(t, &s->all_stats, entry)
		if (t->usage.full_at > now) {
			fprintf(out, "rate %s %" PRId64 "\n", t->name,
			    t->usage.full_at);
			n++;
		}
	return n;
}

/* The name of the service that is known as KEY; NULL: it is gone. */
static const char *
service_name(const struct server *s, uint64_t key)
{
	const struct service_stats *t;

	if (key == 0)
		return "-";
	TAILQ_FOREACH(t, &s->all_stats, entry)
		if (sources_service(&s->admission.sources, t->name) == key)
			return t->name;
	return NULL;
}

static size_t
put_sources(const struct server *s, int64_t now, FILE *out)
{
	const struct entry *e;
	const char *name;
	char text[SOURCE_TEXT_MAX];
	uint32_t at = 0;
	size_t n = 0;

	while ((e = sources_next(&s->admission.sources, &at)) != NULL) {
		if (e->full_at <= now ||
		    (name = service_name(s, e->source.service)) == NULL)
			continue;
		fprintf(out, "source %s %s %" PRId64 "\n", name,
		    source_print(&e->source, text, sizeof(text)), e->full_at);
		n++;
	}
	return n;
}

static size_t
put_lost(const struct server *s, FILE *out)
{
	if (s->lost.all == 0)
		return 0;
	fprintf(out, "lost %lu %lu %lu\n", s->lost.all, s->lost.syslog_untold,
	    s->lost.stderr_untold);
	return 1;
}

int
handover_write(const struct server *s, FILE *out)
{
	int64_t now = clock_now();
	size_t i, lines = 3;

	fprintf(out, "haild-state %d\nslots %" PRIu32 "\nhangups %d\n",
	    HANDOVER_VERSION, s->children.serial, s->hangups);
	if (s->logger != 0) {
		fprintf(out, "logger %d %" PRId64 "\n", (int)s->logger,
		    s->logger_started);
		lines++;
	}
	lines += put_stats(s, out);
	lines += put_listeners(s, out);
	lines += put_children(s, out);
	lines += put_more(s, out);
	lines += put_proxied(s, out);
	lines += put_commands(s, out);
	lines += put_rates(s, now, out);
	lines += put_sources(s, now, out);
	lines += put_loans(s, out);
	lines += put_pauses(s, out);
	lines += put_lost(s, out);
	for (i = 0; i < s->leftovers.n; i++)
		fprintf(out, "ended %d\n", (int)s->leftovers.sids[i]);
	fprintf(out, "end %zu\n", lines + i);
	return ferror(out) || fflush(out) == EOF ? -1 : 0;
}

/* --- reading --- */

struct reader {
	struct server *server;
	uint32_t serial;
	char *words[WORDS_MAX];
	int n;
	size_t lines;	   /* before this one */
	unsigned int seen; /* bits: of each kind, whether there was one */
	bool ended;
	int *fds; /* all that were named */
	size_t nfds;
};

/* A descriptor, which nothing else may have; -1 is none. */
static bool
get_fd(struct reader *r, const char *word, int *fd)
{
	int64_t n;
	size_t i;
	int *fds;

	*fd = -1;
	if (strcmp(word, "-1") == 0)
		return true;
	if (!number_parse(word, 3, FD_MAX, &n))
		return false;
	*fd = (int)n;
	for (i = 0; i < r->nfds; i++)
		if (r->fds[i] == *fd)
			return false;
	if ((fds = reallocarray(r->fds, r->nfds + 1, sizeof(*fds))) == NULL)
		return false;
	r->fds = fds;
	r->fds[r->nfds++] = *fd;
	return true;
}

static struct service_stats *
find_stats(struct server *s, const char *name)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, &s->all_stats, entry)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

static bool
get_address(char *word, struct addr *a)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	char *plain = malloc(strlen(word) + 1);
	bool good = false;
	int n;

	if (plain == NULL || strunvis(plain, word) == -1) {
		free(plain);
		return false;
	}
	if (plain[0] == '/') {
		good = addr_from_path(a, plain) == 0;
	} else if (strcmp(plain, "unix") == 0) {
		good = addr_from_path(a, "") == 0;
	} else if (addr_split(plain, host, port) == ADDR_HOST_PORT &&
	    (n = addr_port_number(port)) != -1) {
		good = addr_from_numeric(a, host, (unsigned int)n) == 0;
	}
	free(plain);
	return good;
}

static bool
read_slots(struct reader *r)
{
	int64_t n;

	if (!number_parse(r->words[1], 0, UINT32_MAX, &n))
		return false;
	r->serial = (uint32_t)n;
	return true;
}

static bool
read_hangups(struct reader *r)
{
	return get_fd(r, r->words[1], &r->server->hangups) &&
	    r->server->hangups != -1;
}

static bool
read_logger(struct reader *r)
{
	int64_t pid;

	if (!number_parse(r->words[1], 2, INT_MAX, &pid) ||
	    !number_parse(r->words[2], 0, TIME_MAX, &r->server->logger_started))
		return false;
	r->server->logger = (pid_t)pid;
	return true;
}

static bool
read_stats(struct reader *r)
{
	const char *name = r->words[1];
	struct service_stats *t;
	uint64_t counts[3];
	int i, fds[2];

	for (i = 0; i < 3; i++)
		if (!number_parse_unsigned(r->words[2 + i], &counts[i]))
			return false;
	/* A listener without service has "-" in its place. */
	if (name[0] == '\0' || strcmp(name, "-") == 0 ||
	    strlen(name) > SERVICE_NAME_MAX ||
	    find_stats(r->server, name) != NULL ||
	    !get_fd(r, r->words[5], &fds[0]) ||
	    !get_fd(r, r->words[6], &fds[1]) ||
	    (t = service_stats_get(&r->server->all_stats, name)) == NULL)
		return false;
	t->accepted = counts[0];
	t->refused = counts[1];
	t->failed = counts[2];
	t->stderr_read = fds[0];
	t->stderr_write = fds[1];
	return true;
}

static bool
read_listener(struct reader *r)
{
	struct listeners *all = &r->server->listeners;
	struct listener l = { .fd = -1 }, *list;
	uint64_t dev, ino;
	int64_t dual;

	if (!get_fd(r, r->words[1], &l.fd) || l.fd == -1 ||
	    !number_parse_unsigned(r->words[2], &dev) ||
	    !number_parse_unsigned(r->words[3], &ino) ||
	    !number_parse(r->words[4], 0, 1, &dual) ||
	    !get_address(r->words[6], &l.wanted) ||
	    !get_address(r->words[7], &l.addr))
		return false;
	if (strcmp(r->words[5], "-") != 0 &&
	    (l.stats = find_stats(r->server, r->words[5])) == NULL)
		return false;
	l.dev = (dev_t)dev;
	l.ino = (ino_t)ino;
	l.dual = dual != 0;
	if ((list = reallocarray(all->list, all->n + 1, sizeof(l))) == NULL)
		return false;
	all->list = list;
	all->list[all->n++] = l;
	return true;
}

/* The listener with the descriptor that WORD names, or NULL. */
static struct listener *
find_listener(const struct server *s, const char *word)
{
	int64_t fd;
	size_t i;

	if (!number_parse(word, 3, FD_MAX, &fd))
		return NULL;
	for (i = 0; i < s->listeners.n; i++)
		if (s->listeners.list[i].fd == fd)
			return &s->listeners.list[i];
	return NULL;
}

static bool
read_datagram(struct reader *r)
{
	struct listener *l = find_listener(r->server, r->words[1]);

	if (l == NULL || l->dgram || l->addr.sa.sa_family == AF_UNIX)
		return false;
	l->dgram = true;
	return true;
}

static bool
read_loan(struct reader *r)
{
	struct listener *l = find_listener(r->server, r->words[1]);
	const struct child *c;
	int64_t pid;

	if (l == NULL || l->wait_socket.pid != 0 ||
	    !number_parse(r->words[2], 2, INT_MAX, &pid) ||
	    (c = children_find(&r->server->children, (pid_t)pid)) == NULL ||
	    c->addr.sa.sa_family != AF_UNSPEC)
		return false;
	l->wait_socket.pid = (pid_t)pid;
	return true;
}

static bool
read_starts(struct reader *r)
{
	struct listener *l = find_listener(r->server, r->words[1]);
	int64_t starts;

	if (l == NULL || l->wait_socket.starts != 0 ||
	    !number_parse(r->words[2], 1, INT_MAX, &starts) ||
	    !number_parse(r->words[3], 0, TIME_MAX, &l->wait_socket.since) ||
	    !number_parse(r->words[4], 0, WAIT_SOCKET_PAUSE_LAST,
		&l->wait_socket.pause) ||
	    !number_parse(r->words[5], 0, TIME_MAX, &l->paused_until))
		return false;
	l->wait_socket.starts = (unsigned int)starts;
	return true;
}

static bool
get_client(char *word, struct addr *a)
{
	if (strcmp(word, "wait") != 0)
		return get_address(word, a);
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = AF_UNSPEC;
	return true;
}

static bool
read_child(struct reader *r)
{
	static const struct {
		int64_t min, max;
	} ranges[] = {
		{ 0, SESSIONS_MAX - 1 }, /* slot */
		{ 1, UINT32_MAX },	 /* serial */
		{ 2, INT_MAX },		 /* pid */
		{ 0, TIME_MAX },	 /* started */
		{ 0, TIME_MAX },	 /* deadline */
		{ 0, INT64_MAX / 4 },	 /* grace */
		{ 0, 3 },		 /* signals */
		{ 0, ENDED_LAST },	 /* ending */
		{ 0, 1 },		 /* keep */
		{ 0, UINT32_MAX },	 /* uid */
	};
	enum { N = sizeof(ranges) / sizeof(ranges[0]) };
	struct child c = { 0 };
	int64_t n[N];
	int i;

	for (i = 0; i < N; i++)
		if (!number_parse(
			r->words[1 + i], ranges[i].min, ranges[i].max, &n[i]))
			return false;
	if ((c.stats = find_stats(r->server, r->words[1 + N])) == NULL ||
	    !get_client(r->words[2 + N], &c.addr))
		return false;
	c.serial = (uint32_t)n[1];
	c.pid = (pid_t)n[2];
	if (c.pid == r->server->logger)
		return false;
	c.started = n[3];
	c.deadline = n[4];
	c.grace = n[5];
	c.signals = (uint8_t)n[6];
	c.ending = (uint8_t)n[7];
	c.keep = n[8] != 0;
	c.uid = (uid_t)n[9];
	return children_restore(&r->server->children, (uint32_t)n[0], &c) == 0;
}

static bool
read_more(struct reader *r)
{
	static const int64_t most[] = { SESSIONS_MAX - 1, 1, 1, TIME_MAX };
	int64_t n[4], refused, quiet;
	struct child *c;
	int i, fd;

	for (i = 0; i < 4; i++)
		if (!number_parse(r->words[1 + i], 0, most[i], &n[i]))
			return false;
	c = &r->server->children.slots[n[0]];
	if (c->pid == 0 || !get_fd(r, r->words[5], &fd) ||
	    !number_parse(r->words[6], 0, 1, &refused) ||
	    !number_parse(r->words[7], 0, 1, &quiet))
		return false;
	c->own = n[1] != 0;
	c->starting = n[2] != 0;
	c->later = n[3];
	c->channel = fd == -1 ? 0 : fd;
	c->refused = refused != 0;
	c->quiet = quiet != 0;
	return true;
}

static bool
read_ended(struct reader *r)
{
	int64_t sid;

	if (!number_parse(r->words[1], 2, INT_MAX, &sid))
		return false;
	leftovers_note(&r->server->leftovers, (pid_t)sid);
	return true;
}

static bool
read_rate(struct reader *r)
{
	struct service_stats *t = find_stats(r->server, r->words[1]);

	return t != NULL && t->usage.full_at == 0 &&
	    number_parse(r->words[2], 1, TIME_MAX, &t->usage.full_at);
}

static bool
read_source(struct reader *r)
{
	struct sources *all = &r->server->admission.sources;
	struct source source = { 0 };
	int64_t full_at;

	if (strcmp(r->words[1], "-") != 0) {
		if (find_stats(r->server, r->words[1]) == NULL)
			return false;
		source.service = sources_service(all, r->words[1]);
	}
	if (source_parse(&source, r->words[2]) == -1 ||
	    !number_parse(r->words[3], 1, TIME_MAX, &full_at))
		return false;
	sources_restore(all, &source, full_at, clock_now());
	return true;
}

static bool
read_proxied(struct reader *r)
{
	struct child *slots = r->server->children.slots;
	int64_t n;

	if (!number_parse(r->words[1], 0, SESSIONS_MAX - 1, &n) ||
	    slots[n].pid == 0 || slots[n].proxied)
		return false;
	slots[n].proxied = true;
	return true;
}

static bool
read_command(struct reader *r)
{
	int64_t n, program;
	struct child *c;

	if (!number_parse(r->words[1], 0, SESSIONS_MAX - 1, &n) ||
	    !number_parse(r->words[3], 0, INT_MAX, &program))
		return false;
	c = &r->server->children.slots[n];
	if (c->pid == 0 || c->command != NULL || c->program != 0)
		return false;
	c->program = (pid_t)program;
	if (strcmp(r->words[2], "-") == 0)
		return true;
	if ((c->command = service_stats_command(c->stats, r->words[2])) == NULL)
		return false;
	c->command->live++;
	return true;
}

static bool
read_lost(struct reader *r)
{
	struct log_lost *lost = &r->server->lost;
	int64_t n[3];
	int i;

	for (i = 0; i < 3; i++)
		if (!number_parse(r->words[1 + i], 0, LONG_MAX, &n[i]))
			return false;
	lost->all = (unsigned long)n[0];
	lost->syslog_untold = (unsigned long)n[1];
	lost->stderr_untold = (unsigned long)n[2];
	return true;
}

static bool
read_end(struct reader *r)
{
	int64_t n;

	r->ended = true;
	return number_parse(r->words[1], 0, INT64_MAX, &n) &&
	    (size_t)n == r->lines;
}

enum { NEEDED = 1, ONCE = 2 };

static const struct {
	const char *name;
	int words;
	int since; /* the version that brought it */
	int how;
	bool (*read)(struct reader *);
} kinds[] = {
	{ "slots", 2, 1, NEEDED | ONCE, read_slots },
	{ "hangups", 2, 1, NEEDED | ONCE, read_hangups },
	{ "logger", 3, 1, ONCE, read_logger },
	{ "stats", 7, 1, 0, read_stats },
	{ "listener", 8, 1, 0, read_listener },
	{ "datagram", 2, 2, 0, read_datagram },
	{ "child", 13, 1, 0, read_child },
	{ "more", 8, 2, 0, read_more },
	{ "loan", 3, 2, 0, read_loan },
	{ "starts", 6, 2, 0, read_starts },
	{ "ended", 2, 1, 0, read_ended },
	{ "rate", 3, 2, 0, read_rate },
	{ "source", 4, 2, 0, read_source },
	{ "proxied", 2, 2, 0, read_proxied },
	{ "command", 4, 2, 0, read_command },
	{ "lost", 4, 2, ONCE, read_lost },
	{ "end", 2, 1, NEEDED | ONCE, read_end },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
split(struct reader *r, char *line)
{
	char *word;

	r->n = 0;
	while (r->n < WORDS_MAX && (word = strsep(&line, " ")) != NULL)
		r->words[r->n++] = word;
}

static bool
read_line(struct reader *r, int version)
{
	unsigned int bit = 1;
	size_t i;

	for (i = 0; i < NKINDS; i++, bit <<= 1) {
		if (strcmp(kinds[i].name, r->words[0]) != 0)
			continue;
		if (r->ended || r->n != kinds[i].words ||
		    version < kinds[i].since ||
		    ((r->seen & bit) && (kinds[i].how & ONCE)))
			return false;
		r->seen |= bit;
		return kinds[i].read(r);
	}
	return false;
}

static bool
has_all(const struct reader *r)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if ((kinds[i].how & NEEDED) && !(r->seen & 1U << i))
			return false;
	return true;
}

static bool
read_version(char *line, int *version)
{
	int64_t n;

	if (strncmp(line, "haild-state ", 12) != 0 ||
	    !number_parse(line + 12, 1, HANDOVER_VERSION, &n))
		return false;
	*version = (int)n;
	return true;
}

static int
read_all(struct reader *r, char *text, char *error, size_t size)
{
	char *line;
	int version;

	line = strsep(&text, "\n");
	if (!read_version(line, &version)) {
		snprintf(error, size,
		    "state: \"%.40s\" is no version from 1 to %d", line,
		    HANDOVER_VERSION);
		return -1;
	}
	for (r->lines = 1; text != NULL && *text != '\0'; r->lines++) {
		line = strsep(&text, "\n");
		split(r, line);
		if (!read_line(r, version)) {
			snprintf(error, size, "state: line %zu makes no sense",
			    r->lines + 1);
			return -1;
		}
	}
	if (!has_all(r)) {
		snprintf(error, size, "state: it is cut short");
		return -1;
	}
	return 0;
}

int
handover_read(struct server *s, char *text, char *error, size_t size)
{
	struct reader r = { .server = s };
	int result = read_all(&r, text, error, size);

	free(r.fds);
	if (result == 0 && children_restored(&s->children, r.serial) == -1) {
		snprintf(error, size, "state: %s", strerror(errno));
		result = -1;
	}
	return result;
}
