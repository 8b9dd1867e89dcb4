#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/escape.h"
#include "lib/log/json.h"

static struct log_state state = { .to = LOG_TO_STDERR,
	.facility = LOG_DAEMON,
	.level = LOG_INFO,
	.fds = { -1, -1 },
	.copy = -1,
	.json = false };
static struct log_lost lost;
static pid_t lost_by; /* this process: a child counts from 0 */

/* By number, RFC 3164 section 4.1.1. */
static const char *const facilities[LOG_NFACILITIES] = { "kern", "user", "mail",
	"daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
	"ftp", [LOG_FAC(LOG_LOCAL0)] = "local0", "local1", "local2", "local3",
	"local4", "local5", "local6", "local7" };

/* By number, RFC 5424 section 6.2.1. */
static const char *const levels[] = { "emergency", "alert", "critical", "error",
	"warning", "notice", "info", "debug" };

const char *
log_level_name(int level)
{
	return levels[LOG_PRI(level)];
}

int
log_facility_number(const char *name)
{
	int i;

	for (i = 0; i < LOG_NFACILITIES; i++)
		if (facilities[i] != NULL && strcmp(facilities[i], name) == 0)
			return i << 3;
	return -1;
}

const char *
log_facility_name(int facility)
{
	return LOG_FAC(facility) < LOG_NFACILITIES
	    ? facilities[LOG_FAC(facility)]
	    : NULL;
}

/* The parent reports what was lost before fork(2). */
static void
forget_loss_of_parent(void)
{
	if (lost_by != getpid())
		lost = (struct log_lost) { 0 };
	lost_by = getpid();
}

/* --- JSON --- */

static void
add_field(struct log_event *e, struct log_field field)
{
	if (e->n < LOG_FIELDS_MAX)
		e->fields[e->n++] = field;
}

void
log_add_text(struct log_event *e, const char *name, const char *text)
{
	if (text != NULL)
		add_field(
		    e, (struct log_field) { name, LOG_FIELD_TEXT, text, 0 });
}

void
log_add_number(struct log_event *e, const char *name, int64_t number)
{
	if (number >= 0)
		add_field(e,
		    (struct log_field) {
			name, LOG_FIELD_NUMBER, NULL, number });
}

void
log_add_seconds(struct log_event *e, const char *name, int64_t ns)
{
	if (ns >= 0)
		add_field(e,
		    (struct log_field) { name, LOG_FIELD_SECONDS, NULL, ns });
}

void
log_add_true(struct log_event *e, const char *name, bool is)
{
	if (is)
		add_field(
		    e, (struct log_field) { name, LOG_FIELD_TRUE, NULL, 0 });
}

/* RFC 3339, in UTC.  The second is formatted again only when it changes. */
static void
print_time(char *buf, size_t size)
{
	static char second[32];
	static time_t formatted = -1;
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != formatted && gmtime_r(&now.tv_sec, &tm) != NULL) {
		strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &tm);
		formatted = now.tv_sec;
	}
	snprintf(buf, size, "%s.%03dZ", second, (int)(now.tv_nsec / 1000000));
}

/* Escaped as the message is, so that a parser's result is printable, too. */
static void
add_text(struct json *j, const char *name, const char *raw)
{
	char text[LOG_LINE_MAX + 1];

	escape_append(text, 0, sizeof(text), raw, strlen(raw));
	json_text(j, name, text);
}

static void
add_event(struct json *j, const struct log_event *e)
{
	size_t i;

	json_text(j, "event", e->name);
	for (i = 0; i < e->n; i++) {
		const struct log_field *f = &e->fields[i];

		if (f->type == LOG_FIELD_TEXT)
			add_text(j, f->name, f->text);
		else if (f->type == LOG_FIELD_NUMBER)
			json_number(j, f->name, f->number);
		else if (f->type == LOG_FIELD_TRUE)
			json_true(j, f->name);
		else
			json_seconds(j, f->name, f->number);
	}
}

/* The line for TEXT: itself, or an object in BUF, which has LOG_JSON_MAX bytes.
 */
static const char *
make_line(int level, const struct log_event *e, const char *text, char *buf)
{
	char now[64];
	struct json j;

	if (!state.json)
		return text;
	print_time(now, sizeof(now));
	json_begin(&j, buf, LOG_JSON_MAX);
	json_text(&j, "time", now);
	json_text(&j, "level", log_level_name(level));
	json_text(&j, "program", log_sink_name());
	json_number(&j, "pid", getpid());
	if (e != NULL)
		add_event(&j, e);
	json_text(&j, "message", text);
	return json_end(&j);
}

/* --- messages --- */

/*
 * Send a line to one destination, after a note about the messages that it has
 * not accepted since it last accepted one, which UNTOLD counts.
 */
static void
deliver(bool (*send_to)(struct log_state *, int, const char *),
    unsigned long *untold, const char *name, int level, const char *line)
{
	char note[80], buf[LOG_JSON_MAX];

	forget_loss_of_parent();
	if (*untold > 0) {
		snprintf(note, sizeof(note),
		    "%lu message%s lost, not accepted by %s", *untold,
		    *untold == 1 ? "" : "s", name);
		if (send_to(&state, LOG_WARNING,
			make_line(LOG_WARNING, NULL, note, buf)))
			*untold = 0;
	}
	if (!send_to(&state, level, line)) {
		lost.all++;
		lost.stderr_all += untold == &lost.stderr_untold;
		(*untold)++;
	}
}

static void __attribute__((format(printf, 4, 0))) log_list(int level, int error,
    const struct log_event *e, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX], text[LOG_LINE_MAX + 1], buf[LOG_JSON_MAX];
	const char *line;
	size_t used;
	int saved = errno, n;

	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	if (n < 0)
		return;
	used = (size_t)n < sizeof(raw) ? (size_t)n : sizeof(raw) - 1;
	if (error != 0)
		snprintf(
		    raw + used, sizeof(raw) - used, ": %s", strerror(error));
	escape_append(text, 0, sizeof(text), raw, strlen(raw));
	if (state.copy != -1 && level <= LOG_WARNING)
		dprintf(state.copy, "%s\n", text);
	line = make_line(level, e, text, buf);
	if (state.to & LOG_TO_SYSLOG)
		deliver(log_sink_syslog, &lost.syslog_untold, "syslog", level,
		    line);
	/* With both, standard error shows only what the user must see. */
	if ((state.to & LOG_TO_STDERR) &&
	    (!(state.to & LOG_TO_SYSLOG) || level <= LOG_WARNING))
		deliver(log_sink_stderr, &lost.stderr_untold, "standard error",
		    level, line);
	errno = saved;
}

void
log_message(int level, int error, const char *fmt, ...)
{
	va_list ap;

	if (level > state.level)
		return;
	va_start(ap, fmt);
	log_list(level, error, NULL, fmt, ap);
	va_end(ap);
}

void
log_event(int level, const struct log_event *e, const char *fmt, ...)
{
	va_list ap;

	if (level > state.level)
		return;
	va_start(ap, fmt);
	log_list(level, 0, e, fmt, ap);
	va_end(ap);
}

void
log_init_path(
    const char *ident, int to, int facility, int level, const char *path)
{
	state.level = level;
	state.facility = facility;
	log_sink_init(&state, ident, path);
	log_sink_open(&state, to);
}

void
log_init(const char *ident, int to, int facility, int level)
{
	log_init_path(ident, to, facility, level, "/dev/log");
}

void
log_set_destination(int to)
{
	log_sink_open(&state, to);
}

void
log_copy(int fd)
{
	state.copy = fd;
}

void
log_set_facility(int facility)
{
	state.facility = facility;
}

void
log_set_level(int level)
{
	state.level = level;
}

int
log_level(void)
{
	return state.level;
}

void
log_set_json(bool json)
{
	state.json = json;
}

bool
log_is_json(void)
{
	return state.json;
}

struct log_lost
log_lost(void)
{
	return lost;
}

void
log_add_lost(const struct log_lost *before)
{
	forget_loss_of_parent();
	lost.all += before->all;
	lost.syslog_untold += before->syslog_untold;
	lost.stderr_untold += before->stderr_untold;
	lost.stderr_all += before->stderr_all;
}

void
log_get(struct log_state *out)
{
	*out = state;
}

void
log_set(const struct log_state *in)
{
	state = *in;
}

void
log_place(struct log_state *out, int *to, int at, int none)
{
	int i;

	log_get(out);
	for (i = 0; i < 2; i++) {
		to[i] = out->fds[i] != -1 ? out->fds[i] : none;
		if (out->fds[i] != -1)
			out->fds[i] = at + i;
	}
}
