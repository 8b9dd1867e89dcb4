#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/escape.h"

static struct log_state state = { .to = LOG_TO_STDERR,
	.facility = LOG_DAEMON,
	.level = LOG_INFO,
	.fds = { -1, -1 },
	.copy = -1 };
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
		lost = (struct log_lost) { 0, 0, 0 };
	lost_by = getpid();
}

/*
 * Send a message to one destination, after a note about the messages that it
 * has not accepted since it last accepted one, which UNTOLD counts.
 */
static void
deliver(bool (*send_to)(struct log_state *, int, const char *),
    unsigned long *untold, const char *name, int level, const char *text)
{
	char note[80];

	forget_loss_of_parent();
	if (*untold > 0) {
		snprintf(note, sizeof(note),
		    "%lu message%s lost, not accepted by %s", *untold,
		    *untold == 1 ? "" : "s", name);
		if (send_to(&state, LOG_WARNING, note))
			*untold = 0;
	}
	if (!send_to(&state, level, text)) {
		lost.all++;
		(*untold)++;
	}
}

void
log_message(int level, int error, const char *fmt, ...)
{
	char raw[LOG_LINE_MAX], text[LOG_LINE_MAX + 1];
	size_t used;
	int saved = errno, n;
	va_list ap;

	if (level > state.level)
		return;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	used = (size_t)n < sizeof(raw) ? (size_t)n : sizeof(raw) - 1;
	if (error != 0)
		snprintf(
		    raw + used, sizeof(raw) - used, ": %s", strerror(error));
	escape_append(text, 0, sizeof(text), raw, strlen(raw));
	if (state.copy != -1 && level <= LOG_WARNING)
		dprintf(state.copy, "%s\n", text);
	if (state.to & LOG_TO_SYSLOG)
		deliver(log_sink_syslog, &lost.syslog_untold, "syslog", level,
		    text);
	/* With both, standard error shows only what the user must see. */
	if ((state.to & LOG_TO_STDERR) &&
	    (!(state.to & LOG_TO_SYSLOG) || level <= LOG_WARNING))
		deliver(log_sink_stderr, &lost.stderr_untold, "standard error",
		    level, text);
	errno = saved;
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
