#include "control/answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "lib/number.h"

#define ANSWER_NAME "haild-answer"
#define WORD_MAX 4096 /* bytes */

#define OPTIONAL(s, member, name) \
	RECORD_FIELD(name, RECORD_OPTIONAL, struct answer_##s, member, 0, 0)
#define FLAG(s, member, name) \
	RECORD_FIELD(name, RECORD_NUMBER, struct answer_##s, member, 0, 1)
#define WORD(s, member, name) \
	RECORD_FIELD(name, RECORD_WORD, struct answer_##s, member, 0, WORD_MAX)

static const struct record_field haild_fields[] = {
	WORD(haild, version, "version"),
	OPTIONAL(haild, pid, "pid"),
	OPTIONAL(haild, started, "started"),
	OPTIONAL(haild, now, "now"),
	OPTIONAL(haild, sessions, "sessions"),
	OPTIONAL(haild, max_sessions, "max-sessions"),
	OPTIONAL(haild, services, "services"),
	OPTIONAL(haild, out, "out"),
	WORD(haild, state, "state"),
};
static const struct record_field daemon_fields[] = {
	WORD(daemon, config, "config"),
	OPTIONAL(daemon, configured, "configured"),
	OPTIONAL(daemon, reloads, "reloads"),
	OPTIONAL(daemon, reloads_failed, "reloads-failed"),
	OPTIONAL(daemon, reloaded, "reloaded"),
	WORD(daemon, reload_error, "reload-error"),
	OPTIONAL(daemon, upgrades, "upgrades"),
	OPTIONAL(daemon, upgrades_failed, "upgrades-failed"),
	OPTIONAL(daemon, upgraded, "upgraded"),
	FLAG(daemon, upgrade_failed, "upgrade-failed"),
	OPTIONAL(daemon, sources, "sources"),
	OPTIONAL(daemon, lost_all, "lost"),
	OPTIONAL(daemon, lost_syslog, "lost-syslog"),
	OPTIONAL(daemon, lost_stderr, "lost-stderr"),
	OPTIONAL(daemon, refusals_left_out, "refusals-left-out"),
	OPTIONAL(daemon, unreapable, "unreapable"),
	WORD(daemon, log_level, "log-level"),
	WORD(daemon, containment, "containment"),
	OPTIONAL(daemon, stderr_left_out, "stderr-left-out"),
};
static const struct record_field service_fields[] = {
	WORD(service, name, "name"),
	WORD(service, handler, "handler"),
	WORD(service, user, "user"),
	WORD(service, file, "file"),
	OPTIONAL(service, line, "line"),
	WORD(service, state, "state"),
	WORD(service, reason, "reason"),
	OPTIONAL(service, live, "live"),
	OPTIONAL(service, max_sessions, "max-sessions"),
	OPTIONAL(service, max_per_source, "max-per-source"),
	OPTIONAL(service, accepted, "accepted"),
	OPTIONAL(service, refused, "refused"),
	OPTIONAL(service, failed, "failed"),
	OPTIONAL(service, unreapable, "unreapable"),
	OPTIONAL(service, duration, "duration"),
	OPTIONAL(service, cpu, "cpu"),
	OPTIONAL(service, bytes_in, "bytes-in"),
	OPTIONAL(service, bytes_out, "bytes-out"),
};
static const struct record_field listener_fields[] = {
	WORD(listener, service, "service"),
	WORD(listener, address, "address"),
	FLAG(listener, polled, "polled"),
};
static const struct record_field certificate_fields[] = {
	WORD(certificate, service, "service"),
	WORD(certificate, file, "file"),
	OPTIONAL(certificate, expires, "expires"),
};
static const struct record_field count_fields[] = {
	WORD(count, service, "service"),
	WORD(count, kind, "kind"),
	WORD(count, name, "name"),
	OPTIONAL(count, value, "value"),
};
static const struct record_field session_fields[] = {
	OPTIONAL(session, id, "id"),
	WORD(session, service, "service"),
	WORD(session, client, "client"),
	WORD(session, identity, "identity"),
	WORD(session, user, "user"),
	OPTIONAL(session, pid, "pid"),
	OPTIONAL(session, age, "age"),
	WORD(session, state, "state"),
	OPTIONAL(session, deadline, "deadline"),
	WORD(session, command, "command"),
	OPTIONAL(session, bytes_in, "bytes-in"),
	OPTIONAL(session, bytes_out, "bytes-out"),
};
static const struct record_field source_fields[] = {
	WORD(source, service, "service"),
	WORD(source, source, "source"),
	OPTIONAL(source, sessions, "sessions"),
	OPTIONAL(source, max_sessions, "max-sessions"),
	FLAG(source, limited, "limited"),
	OPTIONAL(source, until, "until"),
};
static const struct record_field fact_fields[] = {
	WORD(fact, section, "section"),
	WORD(fact, name, "name"),
	WORD(fact, value, "value"),
	WORD(fact, where, "where"),
};
static const struct record_field message_fields[] = {
	WORD(message, text, "text"),
};
static const struct record_field result_fields[] = {
	OPTIONAL(result, status, "status"),
};

/* What record_read gives its records to. */
struct taker {
	answer_fn *take;
	void *arg;
	bool done; /* the result has come */
};

static bool
take(struct taker *t, enum answer_kind kind, const void *record)
{
	if (t->done)
		return false;
	t->done = kind == ANSWER_RESULT;
	t->take(t->arg, kind, record);
	return true;
}

#define TAKE(name, kind)                                  \
	static bool take_##name(void *arg, const void *r) \
	{                                                 \
		return take(arg, kind, r);                \
	}
TAKE(haild, ANSWER_HAILD)
TAKE(daemon, ANSWER_DAEMON)
TAKE(service, ANSWER_SERVICE)
TAKE(listener, ANSWER_LISTENER)
TAKE(certificate, ANSWER_CERTIFICATE)
TAKE(count, ANSWER_COUNT)
TAKE(session, ANSWER_SESSION)
TAKE(source, ANSWER_SOURCE)
TAKE(fact, ANSWER_FACT)
TAKE(message, ANSWER_MESSAGE)
TAKE(result, ANSWER_RESULT)

#define KIND(name, once)                                              \
	{                                                             \
#name, name##_fields,                                 \
		    sizeof(name##_fields) / sizeof(name##_fields[0]), \
		    sizeof(struct answer_##name), once, take_##name   \
	}
static const struct record_kind kinds[NANSWER_KINDS] = {
	KIND(haild, false),
	KIND(daemon, false),
	KIND(service, false),
	KIND(listener, false),
	KIND(certificate, false),
	KIND(count, false),
	KIND(session, false),
	KIND(source, false),
	KIND(fact, false),
	KIND(message, false),
	KIND(result, true),
};
const struct record_format answer_format = { ANSWER_NAME, CONTROL_VERSION,
	kinds, NANSWER_KINDS };

/* Whether LINE is of a kind that never changes. */
static bool
is_fixed(const char *line)
{
	static const char *const words[] = { "haild ", "message ", "result " };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/*
 * Copy the fixed records of TEXT, which has another version, into a text of our
 * version.  Returns it, allocated, or NULL.
 */
static char *
keep_fixed(char *text)
{
	char *line, *copy = NULL;
	size_t size, lines = 1;
	FILE *out = open_memstream(&copy, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, ANSWER_NAME " version=%d\n", CONTROL_VERSION);
	strsep(&text, "\n");
	while ((line = strsep(&text, "\n")) != NULL)
		if (is_fixed(line)) {
			fprintf(out, "%s\n", line);
			lines++;
		} else if (strncmp(line, "end ", 4) == 0)
			fprintf(out, "end lines=%zu\n", lines);
	if (fclose(out) == EOF) {
		free(copy);
		return NULL;
	}
	return copy;
}

int
answer_read(
    char *text, answer_fn *fn, void *arg, bool *other, char *error, size_t size)
{
	static const char head[] = ANSWER_NAME " version=";
	struct taker t = { fn, arg, false };
	char *fixed = NULL, version[16], *end;
	int64_t n = CONTROL_VERSION;
	int result;

	if (strncmp(text, head, strlen(head)) == 0) {
		strlcpy(version, text + strlen(head), sizeof(version));
		if ((end = strchr(version, '\n')) != NULL)
			*end = '\0';
		number_parse(version, 1, UINT32_MAX, &n);
	}
	*other = n != CONTROL_VERSION;
	if (*other && (fixed = keep_fixed(text)) == NULL) {
		strlcpy(error, "out of memory", size);
		return -1;
	}
	result = record_read(
	    &answer_format, &t, fixed != NULL ? fixed : text, error, size);
	free(fixed);
	return result;
}
