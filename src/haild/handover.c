/*
 * handover.c -- the state that one image of the daemon leaves to the next.
 */

#include "handover.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>

#include "tally.h"

#define WORDS_MAX 16
#define FD_MAX INT_MAX

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

static void
put_address(const struct addr *a, FILE *out)
{
	char text[ADDR_TEXT_MAX];

	fputc(' ', out);
	put_word(addr_print(a, text, sizeof(text)), out);
}

static size_t
put_tallies(const struct server *s, FILE *out)
{
	const struct tally *t;
	size_t n = 0;

	TAILQ_FOREACH(t, &s->tallies, entry) {
		fprintf(out,
		    "tally %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d\n",
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
	size_t i;

	for (i = 0; i < s->listeners.n; i++) {
		l = &s->listeners.list[i];
		fprintf(out, "listener %d %ju %ju %d %s", l->fd,
		    (uintmax_t)l->dev, (uintmax_t)l->ino, l->dual,
		    l->tally == NULL ? "-" : l->tally->name);
		put_address(&l->wanted, out);
		put_address(&l->addr, out);
		fputc('\n', out);
	}
	return i;
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
		    (unsigned int)c->uid, c->tally->name);
		put_address(&c->addr, out);
		fputc('\n', out);
		n++;
	}
	return n;
}

int
handover_write(const struct server *s, FILE *out)
{
	size_t i, lines = 3;

	fprintf(out, "haild-state %d\nslots %" PRIu32 "\nhangups %d\n",
	    HANDOVER_VERSION, s->children.serial, s->hangups);
	if (s->logger != 0) {
		fprintf(out, "logger %d %" PRId64 "\n", (int)s->logger,
		    s->logger_started);
		lines++;
	}
	lines += put_tallies(s, out);
	lines += put_listeners(s, out);
	lines += put_children(s, out);
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
	size_t lines; /* before this one */
	bool ended;
};

/* A whole number from MIN to MAX.  Returns whether it is one. */
static bool
get_number(const char *word, int64_t min, int64_t max, int64_t *n)
{
	const char *error;

	/* strtonum takes blanks and signs: there are none in a word. */
	*n = strtonum(word, min, max, &error);
	return error == NULL;
}

static bool
get_fd(const char *word, int *fd)
{
	int64_t n;

	if (!get_number(word, -1, FD_MAX, &n) || (n >= 0 && n <= 2))
		return false;
	*fd = (int)n;
	return true;
}

static struct tally *
find_tally(struct server *s, const char *name)
{
	struct tally *t;

	TAILQ_FOREACH(t, &s->tallies, entry)
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

	if (!get_number(r->words[1], 0, UINT32_MAX, &n))
		return false;
	r->serial = (uint32_t)n;
	return true;
}

static bool
read_hangups(struct reader *r)
{
	return get_fd(r->words[1], &r->server->hangups) &&
	    r->server->hangups != -1;
}

static bool
read_logger(struct reader *r)
{
	int64_t pid;

	if (!get_number(r->words[1], 2, INT_MAX, &pid) ||
	    !get_number(r->words[2], 0, INT64_MAX, &r->server->logger_started))
		return false;
	r->server->logger = (pid_t)pid;
	return true;
}

static bool
read_tally(struct reader *r)
{
	struct tally *t;
	int64_t counts[3];
	int i, fds[2];

	for (i = 0; i < 3; i++)
		if (!get_number(r->words[2 + i], 0, INT64_MAX, &counts[i]))
			return false;
	if (strlen(r->words[1]) > SERVICE_NAME_MAX ||
	    find_tally(r->server, r->words[1]) != NULL ||
	    !get_fd(r->words[5], &fds[0]) || !get_fd(r->words[6], &fds[1]) ||
	    (t = tally_get(&r->server->tallies, r->words[1])) == NULL)
		return false;
	t->accepted = (uint64_t)counts[0];
	t->refused = (uint64_t)counts[1];
	t->failed = (uint64_t)counts[2];
	t->stderr_read = fds[0];
	t->stderr_write = fds[1];
	return true;
}

static bool
read_listener(struct reader *r)
{
	struct listeners *all = &r->server->listeners;
	struct listener l = { .fd = -1 }, *list;
	int64_t dev, ino, dual;

	if (!get_fd(r->words[1], &l.fd) || l.fd == -1 ||
	    !get_number(r->words[2], 0, INT64_MAX, &dev) ||
	    !get_number(r->words[3], 0, INT64_MAX, &ino) ||
	    !get_number(r->words[4], 0, 1, &dual) ||
	    !get_address(r->words[6], &l.wanted) ||
	    !get_address(r->words[7], &l.addr))
		return false;
	if (strcmp(r->words[5], "-") != 0 &&
	    (l.tally = find_tally(r->server, r->words[5])) == NULL)
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

static bool
read_child(struct reader *r)
{
	static const struct {
		int64_t min, max;
	} ranges[] = {
		{ 0, SESSIONS_MAX - 1 }, /* slot */
		{ 1, UINT32_MAX },	 /* serial */
		{ 2, INT_MAX },		 /* pid */
		{ 0, INT64_MAX },	 /* started */
		{ 0, INT64_MAX },	 /* deadline */
		{ 0, INT64_MAX / 4 },	 /* grace */
		{ 0, 3 },		 /* signals */
		{ 0, ENDED_STOP },	 /* ending */
		{ 0, 1 },		 /* keep */
		{ 0, UINT32_MAX },	 /* uid */
	};
	enum { N = sizeof(ranges) / sizeof(ranges[0]) };
	struct child c = { 0 };
	int64_t n[N];
	int i;

	for (i = 0; i < N; i++)
		if (!get_number(
			r->words[1 + i], ranges[i].min, ranges[i].max, &n[i]))
			return false;
	if ((c.tally = find_tally(r->server, r->words[1 + N])) == NULL ||
	    !get_address(r->words[2 + N], &c.addr))
		return false;
	c.serial = (uint32_t)n[1];
	c.pid = (pid_t)n[2];
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
read_ended(struct reader *r)
{
	int64_t sid;

	if (!get_number(r->words[1], 2, INT_MAX, &sid))
		return false;
	leftovers_note(&r->server->leftovers, (pid_t)sid);
	return true;
}

static bool
read_end(struct reader *r)
{
	int64_t n;

	r->ended = true;
	return get_number(r->words[1], 0, INT64_MAX, &n) &&
	    (size_t)n == r->lines;
}

static const struct {
	const char *name;
	int words;
	int since; /* the version that brought it */
	bool (*read)(struct reader *);
} kinds[] = {
	{ "slots", 2, 1, read_slots },
	{ "hangups", 2, 1, read_hangups },
	{ "logger", 3, 1, read_logger },
	{ "tally", 7, 1, read_tally },
	{ "listener", 8, 1, read_listener },
	{ "child", 13, 1, read_child },
	{ "ended", 2, 1, read_ended },
	{ "end", 2, 1, read_end },
};

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
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, r->words[0]) == 0)
			return !r->ended && r->n == kinds[i].words &&
			    version >= kinds[i].since && kinds[i].read(r);
	return false;
}

static bool
read_version(char *line, int *version)
{
	int64_t n;

	if (strncmp(line, "haild-state ", 12) != 0 ||
	    !get_number(line + 12, 1, HANDOVER_VERSION, &n))
		return false;
	*version = (int)n;
	return true;
}

int
handover_read(struct server *s, char *text, char *error, size_t size)
{
	struct reader r = { .server = s };
	char *line;
	int version;

	line = strsep(&text, "\n");
	if (!read_version(line, &version)) {
		snprintf(error, size,
		    "state: \"%.40s\" is no version from 1 to %d", line,
		    HANDOVER_VERSION);
		return -1;
	}
	for (r.lines = 1; text != NULL && *text != '\0'; r.lines++) {
		line = strsep(&text, "\n");
		split(&r, line);
		if (!read_line(&r, version)) {
			snprintf(error, size, "state: line %zu makes no sense",
			    r.lines + 1);
			return -1;
		}
	}
	if (!r.ended || s->hangups == -1) {
		snprintf(error, size, "state: it is cut short");
		return -1;
	}
	children_restored(&s->children, r.serial);
	return 0;
}
