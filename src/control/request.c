#include "control/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <vis.h>

#include "control/protocol.h"
#include "lib/number.h"

#define HEAD "haild-control"

/* What a value is, and which commands have it; bits. */
enum value {
	SERVICE = 1,
	IDS = 2,
	SOURCE = 4,
	IDENTITY = 8,
	WAIT = 16,
	LEVEL = 32,
	ADDRESS = 64,
	USER = 128,
	WORDS = 256,
	GROUPS = 512,
};
/* What may be given more than once. */
#define LISTS (IDS | WORDS | GROUPS)

static const struct {
	const char *name;
	bool acts;
	unsigned int values;
} commands[NCONTROL_COMMANDS] = {
	[CONTROL_STATUS] = { "status", false, 0 },
	[CONTROL_RELOAD] = { "reload", true, 0 },
	[CONTROL_UPGRADE] = { "upgrade", true, 0 },
	[CONTROL_STOP] = { "stop", true, 0 },
	[CONTROL_SESSIONS] = { "sessions", false, SERVICE },
	[CONTROL_SOURCES] = { "sources", false, SERVICE },
	[CONTROL_KILL] = { "kill", true, IDS | SERVICE | SOURCE | IDENTITY },
	[CONTROL_DRAIN] = { "drain", true, SERVICE | WAIT },
	[CONTROL_RESUME] = { "resume", true, SERVICE },
	[CONTROL_LOG] = { "log", true, LEVEL },
	[CONTROL_EXPLAIN] = { "explain", false,
	    SERVICE | ADDRESS | IDENTITY | USER | GROUPS | WORDS },
	[CONTROL_COUNTS] = { "counts", false, 0 },
};

static const struct {
	const char *name;
	enum value value;
} values[] = {
	{ "service", SERVICE },
	{ "id", IDS },
	{ "source", SOURCE },
	{ "identity", IDENTITY },
	{ "wait", WAIT },
	{ "level", LEVEL },
	{ "address", ADDRESS },
	{ "uid", USER },
	{ "gid", GROUPS },
	{ "word", WORDS },
};
#define NVALUES (sizeof(values) / sizeof(values[0]))

const char *
control_command_name(enum control_command command)
{
	return commands[command].name;
}

enum control_command
control_command_find(const char *name)
{
	enum control_command c = CONTROL_STATUS;

	while (c < NCONTROL_COMMANDS && strcmp(commands[c].name, name) != 0)
		c++;
	return c;
}

bool
control_command_acts(enum control_command command)
{
	return commands[command].acts;
}

static bool
is_fixed(enum control_command command)
{
	return command <= CONTROL_STOP;
}

static int __attribute__((format(printf, 4, 5)))
refuse(int status, char *error, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, size, fmt, ap);
	va_end(ap);
	return status;
}

/* Store TEXT, which is decoded.  Returns whether it is one of that kind. */
static bool
store(struct control_request *r, enum value value, const char *text)
{
	int64_t n = 0;

	switch (value) {
	case SERVICE:
		r->service = text;
		return true;
	case SOURCE:
		r->source = text;
		return true;
	case IDENTITY:
		r->identity = text;
		return true;
	case ADDRESS:
		r->address = text;
		return true;
	case WORDS:
		if (r->nwords == CONTROL_WORDS_MAX)
			return false;
		r->words[r->nwords++] = text;
		return true;
	case WAIT:
		r->wait = strcmp(text, "1") == 0;
		return r->wait;
	case IDS:
		if (r->nids == CONTROL_IDS_MAX ||
		    !number_parse(text, 1, UINT32_MAX, &n))
			return false;
		r->ids[r->nids++] = (uint32_t)n;
		return true;
	case GROUPS:
		if (r->ngids == CONTROL_GROUPS_MAX ||
		    !number_parse(text, 0, UINT32_MAX - 1, &n))
			return false;
		r->gids[r->ngids++] = (gid_t)n;
		return true;
	case LEVEL:
		if (!number_parse(text, LOG_EMERG, LOG_DEBUG, &n))
			return false;
		r->level = (int)n;
		return true;
	case USER:
		r->has_uid = number_parse(text, 0, UINT32_MAX - 1, &n);
		r->uid = (uid_t)n;
		return r->has_uid;
	}
	return false;
}

/* Whether a value was given that may be given only once. */
static bool
is_repeated(unsigned int seen, enum value value)
{
	return !(value & LISTS) && (seen & value);
}

static int
read_values(struct control_request *r, char *rest, char *error, size_t size)
{
	unsigned int seen = 0;
	char *name, *text;
	size_t i;

	while (rest != NULL) {
		text = strsep(&rest, " ");
		name = strsep(&text, "=");
		for (i = 0; i < NVALUES && strcmp(values[i].name, name) != 0;)
			i++;
		if (i == NVALUES || text == NULL ||
		    !(commands[r->command].values & values[i].value) ||
		    is_repeated(seen, values[i].value))
			return refuse(CONTROL_USAGE, error, size,
			    "\"%s\" takes no \"%.40s\"",
			    commands[r->command].name, name);
		seen |= values[i].value;
		if (strunvis(text, text) == -1 ||
		    (text[0] == '\0' && values[i].value != WORDS) ||
		    !store(r, values[i].value, text))
			return refuse(CONTROL_USAGE, error, size,
			    "invalid value of \"%s\" for \"%s\"", name,
			    commands[r->command].name);
	}
	if (r->command == CONTROL_LOG && !(seen & LEVEL))
		return refuse(CONTROL_USAGE, error, size,
		    "\"%s\" needs a level", commands[r->command].name);
	return CONTROL_OK;
}

int
control_request_read(
    struct control_request *r, char *line, char *error, size_t size)
{
	const char *word = strsep(&line, " ");
	int64_t version;

	memset(r, 0, sizeof(*r));
	if (strcmp(word, HEAD) != 0 || line == NULL)
		return refuse(
		    CONTROL_USAGE, error, size, "not a request of haildctl");
	word = strsep(&line, " ");
	if (!number_parse(word, 1, UINT32_MAX, &version) || line == NULL)
		return refuse(CONTROL_USAGE, error, size, "invalid version");
	r->version = (unsigned int)version;
	word = strsep(&line, " ");
	r->command = control_command_find(word);
	if (r->command < NCONTROL_COMMANDS && is_fixed(r->command) &&
	    line == NULL)
		return CONTROL_OK;
	if (version != CONTROL_VERSION)
		return refuse(CONTROL_VERSION_DIFFERS, error, size,
		    "haildctl and the running haild have different control "
		    "versions (%" PRId64
		    " and %d); only status, reload, "
		    "upgrade and stop work",
		    version, CONTROL_VERSION);
	if (r->command == NCONTROL_COMMANDS)
		return refuse(CONTROL_USAGE, error, size,
		    "unknown command \"%.40s\"", word);
	return read_values(r, line, error, size);
}

/* --- writing --- */

struct writer {
	char *buf;
	size_t used;
	bool full;
};

static void
append(struct writer *w, const char *text)
{
	size_t len = strlen(text);

	w->full = w->full || w->used + len >= CONTROL_REQUEST_MAX;
	if (w->full)
		return;
	memcpy(w->buf + w->used, text, len + 1);
	w->used += len;
}

static void
append_value(struct writer *w, const char *name, const char *text)
{
	char escaped[8];

	if (text == NULL)
		return;
	append(w, " ");
	append(w, name);
	append(w, "=");
	for (; *text != '\0'; text++) {
		vis(escaped, *text, VIS_WHITE | VIS_OCTAL, text[1]);
		append(w, escaped);
	}
}

static void
append_number(struct writer *w, const char *name, int64_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, n);
	append_value(w, name, text);
}

int
control_request_print(const struct control_request *r, char *buf)
{
	struct writer w = { .buf = buf };
	char head[64];
	size_t i;

	snprintf(head, sizeof(head), HEAD " %d %s", CONTROL_VERSION,
	    commands[r->command].name);
	append(&w, head);
	append_value(&w, "service", r->service);
	append_value(&w, "source", r->source);
	append_value(&w, "identity", r->identity);
	append_value(&w, "address", r->address);
	for (i = 0; i < r->nids; i++)
		append_number(&w, "id", r->ids[i]);
	if (r->wait)
		append_number(&w, "wait", 1);
	if (r->command == CONTROL_LOG)
		append_number(&w, "level", r->level);
	if (r->has_uid)
		append_number(&w, "uid", r->uid);
	for (i = 0; i < r->ngids; i++)
		append_number(&w, "gid", r->gids[i]);
	for (i = 0; i < r->nwords; i++)
		append_value(&w, "word", r->words[i]);
	append(&w, "\n");
	return w.full ? -1 : (int)w.used;
}
