/*
 * log.c -- messages: levels, formatting, and the count of lost ones.
 */

#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/escape.h"

static struct {
	int to;
	int facility;
	int level;
	struct log_lost lost;
	pid_t lost_by; /* this process: a child counts from 0 */
} settings = { .to = LOG_TO_STDERR, .facility = LOG_DAEMON, .level = LOG_INFO };

static const struct {
	const char *name;
	int number;
} facilities[] = {
	/* RFC 3164 section 4.1.1 */
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON },
	{ "daemon", LOG_DAEMON },
	{ "ftp", LOG_FTP },
	{ "kern", LOG_KERN },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ "lpr", LOG_LPR },
	{ "mail", LOG_MAIL },
	{ "news", LOG_NEWS },
	{ "syslog", LOG_SYSLOG },
	{ "user", LOG_USER },
	{ "uucp", LOG_UUCP },
};

int
log_facility_number(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (strcmp(facilities[i].name, name) == 0)
			return facilities[i].number;
	return -1;
}

const char *
log_facility_name(int facility)
{
	size_t i;

	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (facilities[i].number == facility)
			return facilities[i].name;
	return NULL;
}

/* The parent reports what was lost before fork(2). */
static void
forget_loss_of_parent(void)
{
	if (settings.lost_by == getpid())
		return;
	settings.lost_by = getpid();
	settings.lost = (struct log_lost) { 0, 0, 0 };
}

/*
 * Send a message to one destination, after a note about the messages that it
 * has not accepted since it last accepted one, which UNTOLD counts.
 */
static void
deliver(bool (*send_to)(int, const char *), unsigned long *untold,
    const char *name, int level, const char *text)
{
	char note[80];

	forget_loss_of_parent();
	if (*untold > 0) {
		snprintf(note, sizeof(note),
		    "%lu message%s lost, not accepted by %s", *untold,
		    *untold == 1 ? "" : "s", name);
		if (send_to(LOG_WARNING, note))
			*untold = 0;
	}
	if (!send_to(level, text)) {
		settings.lost.all++;
		(*untold)++;
	}
}

static void
log_text(int level, const char *raw)
{
	char text[LOG_LINE_MAX + 1];

	escape_append(text, 0, sizeof(text), raw, strlen(raw));
	if (settings.to & LOG_TO_SYSLOG)
		deliver(log_sink_syslog, &settings.lost.syslog_untold, "syslog",
		    level, text);
	/* With both, standard error shows only what the user must see. */
	if ((settings.to & LOG_TO_STDERR) &&
	    (!(settings.to & LOG_TO_SYSLOG) || level <= LOG_WARNING))
		deliver(log_sink_stderr, &settings.lost.stderr_untold,
		    "standard error", level, text);
}

static void __attribute__((format(printf, 3, 0)))
log_message(int level, int error, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX];
	size_t used;
	int saved = errno, n;

	if (level > settings.level)
		return;
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	if (n < 0)
		return;
	used = (size_t)n < sizeof(raw) ? (size_t)n : sizeof(raw) - 1;
	if (error != 0)
		snprintf(
		    raw + used, sizeof(raw) - used, ": %s", strerror(error));
	log_text(level, raw);
	errno = saved;
}

void
log_init_path(
    const char *ident, int to, int facility, int level, const char *path)
{
	settings.level = level;
	settings.facility = facility;
	log_sink_init(ident, facility, path);
	log_set_destination(to);
}

void
log_init(const char *ident, int to, int facility, int level)
{
	log_init_path(ident, to, facility, level, "/dev/log");
}

void
log_set_destination(int to)
{
	settings.to = to;
	log_sink_open(to);
}

void
log_set_facility(int facility)
{
	settings.facility = facility;
	log_sink_set_facility(facility);
}

int
log_level(void)
{
	return settings.level;
}

const char *
log_export(char buf[LOG_EXPORT_MAX])
{
	int facility, look;

	log_sink_get(&facility, &look);
	snprintf(buf, LOG_EXPORT_MAX, "%d:%d:%d", settings.to, facility,
	    settings.level);
	return buf;
}

int
log_import(const char *ident, const char *text)
{
	int to, facility, level;

	if (sscanf(text, "%d:%d:%d", &to, &facility, &level) != 3)
		return -1;
	log_init(ident, to, facility, level);
	return 0;
}

unsigned long
log_dropped(void)
{
	return settings.lost.all;
}

struct log_lost
log_lost(void)
{
	return settings.lost;
}

void
log_add_lost(const struct log_lost *lost)
{
	forget_loss_of_parent();
	settings.lost.all += lost->all;
	settings.lost.syslog_untold += lost->syslog_untold;
	settings.lost.stderr_untold += lost->stderr_untold;
}

void
log_descriptors(int fds[2])
{
	log_sink_descriptors(fds);
}

void
log_get(struct log_state *out)
{
	out->to = settings.to;
	out->level = settings.level;
	log_sink_get(&out->facility, &out->look);
	log_sink_descriptors(out->fds);
}

void
log_set(const struct log_state *in)
{
	settings.to = in->to;
	settings.level = in->level;
	log_sink_adopt(in->to, in->facility, in->look, in->fds);
}

#define LOG_BODY(level, error)                          \
	do {                                            \
		va_list ap;                             \
		va_start(ap, fmt);                      \
		log_message((level), (error), fmt, ap); \
		va_end(ap);                             \
	} while (0)

void
log_err(const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, errno);
}

void
log_errx(const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, 0);
}

void
log_warn(const char *fmt, ...)
{
	LOG_BODY(LOG_WARNING, errno);
}

void
log_warnx(const char *fmt, ...)
{
	LOG_BODY(LOG_WARNING, 0);
}

void
log_info(const char *fmt, ...)
{
	LOG_BODY(LOG_INFO, 0);
}

void
log_debug(const char *fmt, ...)
{
	LOG_BODY(LOG_DEBUG, 0);
}

void
log_at(int level, const char *fmt, ...)
{
	LOG_BODY(level, 0);
}

void
fatal(int status, const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, errno);
	exit(status);
}

void
fatalx(int status, const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, 0);
	exit(status);
}
