#include "lib/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/escape.h"
#include "lib/number.h"

/* What the number of an outcome is. */
enum number { NOTHING, NUMBER, ERRNO };

static const struct {
	const char *name, *words;
	enum number number;
	int status;
	int32_t max; /* of the number */
	const char *number_name;
} outcomes[NOUTCOMES] = {
	/* clang-format off */
	[OUTCOME_NONE] = { "none", "none", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_EXIT] = { "exit", "exit", NUMBER, 0, 255, "status" },
	[OUTCOME_SIGNAL] = { "signal", "signal", NUMBER, STATUS_SIGNAL, 127, "signal" },
	[OUTCOME_TIMEOUT] = { "timeout-session", "timeout session", NOTHING, STATUS_TIMEOUT, 0, NULL },
	[OUTCOME_START_TIMEOUT] = { "timeout-start", "timeout start", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_IDLE_TIMEOUT] = { "timeout-idle", "timeout idle", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_DISCONNECT] = { "disconnect", "disconnect", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_ADMIN] = { "killed-by-admin", "killed by admin", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_STOP] = { "killed-by-stop", "killed by stop", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_MEMORY] = { "limit-memory", "limit memory", NOTHING, STATUS_SIGNAL + 9, 0, NULL },
	[OUTCOME_TASKS] = { "limit-tasks", "limit tasks", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_TRUNCATED] = { "truncated", "truncated", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_INVALID] = { "invalid-message", "invalid message", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_UNREAPABLE] = { "unreapable", "unreapable", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_PROTOCOL] = { "protocol-error", "protocol error", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_UNKNOWN] = { "refused-unknown-command", "refused: unknown command", NOTHING, STATUS_UNKNOWN, 0, NULL },
	[OUTCOME_NOT_ALLOWED] = { "refused-access", "refused: access", NOTHING, STATUS_UNKNOWN, 0, NULL },
	[OUTCOME_OUT] = { "refused-out-of-service", "refused: out of service", NOTHING, STATUS_REFUSED, 0, NULL },
	[OUTCOME_LIMIT] = { "refused-command-limit", "refused: command limit", NUMBER, STATUS_BUSY, INT32_MAX, "limit" },
	[OUTCOME_NO_GRANT] = { "refused-no-user-id-or-cgroup", "refused: no user ID or cgroup free", NOTHING, STATUS_BUSY, 0, NULL },
	[OUTCOME_COUNT] = { "refused-number-of-arguments", "refused: number of arguments", NUMBER, STATUS_REFUSED, INT32_MAX, "count" },
	[OUTCOME_ARGUMENT] = { "refused-argument", "refused: argument", NUMBER, STATUS_REFUSED, INT32_MAX, "argument" },
	[OUTCOME_SLOW_PATTERN] = { "refused-slow-pattern", "refused: slow pattern", NOTHING, STATUS_REFUSED, 0, NULL },
	[OUTCOME_EXECUTE] = { "failed-execute", "failed: execute", ERRNO, STATUS_REFUSED, 4095, NULL },
	[OUTCOME_START] = { "failed-start", "failed: start", ERRNO, STATUS_FAILED, 4095, NULL },
	[OUTCOME_SPEAKER] = { "failed-speaker", "failed: speaker", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_DAEMON] = { "failed-no-answer", "failed: no answer from haild", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_NO_TARGET] = { "no-target", "no target", ERRNO, STATUS_FAILED, 4095, NULL },
	[OUTCOME_TARGET_RESET] = { "target-reset", "target reset", NOTHING, STATUS_FAILED, 0, NULL },
	[OUTCOME_MONITOR_EXIT] = { "monitor-exit", "monitor exit", NUMBER, STATUS_FAILED, 255, "status" },
	[OUTCOME_MONITOR_SIGNAL] = { "monitor-signal", "monitor signal", NUMBER, STATUS_FAILED, 127, "signal" },
	/* clang-format on */
};

const char *
outcome_name(enum outcome_kind kind)
{
	return outcomes[kind].name;
}

const char *
outcome_number_name(enum outcome_kind kind)
{
	return outcomes[kind].number_name;
}

bool
outcome_is_valid(const struct outcome *o)
{
	return o->kind != OUTCOME_NONE && o->kind < NOUTCOMES &&
	    o->number >= 0 && o->number <= outcomes[o->kind].max;
}

int
outcome_status(const struct outcome *o)
{
	if (o->kind == OUTCOME_EXIT || o->kind == OUTCOME_SIGNAL)
		return outcomes[o->kind].status + o->number;
	return outcomes[o->kind].status;
}

const char *
outcome_print(const struct outcome *o, char *buf, size_t size)
{
	const char *words = outcomes[o->kind].words;
	enum number number = outcomes[o->kind].number;

	if (number == NUMBER)
		snprintf(buf, size, "%s %" PRId32, words, o->number);
	else if (number == ERRNO && o->number != 0)
		snprintf(buf, size, "%s: %s", words, strerror(o->number));
	else
		strlcpy(buf, words, size);
	return buf;
}

size_t
outcome_write(const struct outcome *o, char buf[OUTCOME_VERDICT_MAX])
{
	char words[OUTCOME_TEXT_MAX], number[16] = "";
	int n;

	if (outcomes[o->kind].number == NUMBER)
		snprintf(number, sizeof(number), " %" PRId32, o->number);
	n = snprintf(buf, OUTCOME_VERDICT_MAX, "%s%s\t%s",
	    outcomes[o->kind].name, number,
	    outcome_print(o, words, sizeof(words)));
	return (size_t)n;
}

/* The kind with that name, or OUTCOME_NONE. */
static enum outcome_kind
find_name(const char *name)
{
	size_t i;

	for (i = OUTCOME_NONE + 1; i < NOUTCOMES; i++)
		if (strcmp(outcomes[i].name, name) == 0)
			return (enum outcome_kind)i;
	return OUTCOME_NONE;
}

bool
outcome_parse(struct outcome *o, char words[OUTCOME_TEXT_MAX], const char *text,
    size_t len)
{
	char copy[OUTCOME_VERDICT_MAX], *tab, *number;
	int64_t n = 0;

	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if ((tab = strchr(copy, '\t')) == NULL || tab == copy || tab[1] == '\0')
		return false;
	*tab++ = '\0';
	if ((number = strchr(copy, ' ')) != NULL) {
		*number++ = '\0';
		if (!number_parse(number, 0, INT32_MAX, &n))
			return false;
	}
	words[0] = '\0';
	escape_append(words, 0, OUTCOME_TEXT_MAX, tab, strlen(tab));
	*o = (struct outcome) { find_name(copy), (int32_t)n };
	if (o->kind != OUTCOME_NONE &&
	    ((number != NULL) != (outcomes[o->kind].number == NUMBER) ||
		!outcome_is_valid(o)))
		return false;
	return true;
}
