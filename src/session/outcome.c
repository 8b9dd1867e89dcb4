#include "session/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the number of an outcome is. */
enum number { NOTHING, NUMBER, ERRNO };

static const struct {
	const char *words;
	enum number number;
	int status;
	int32_t max; /* of the number */
} outcomes[NOUTCOMES] = {
	[OUTCOME_EXIT] = { "exit", NUMBER, 0, 255 },
	[OUTCOME_SIGNAL] = { "signal", NUMBER, STATUS_SIGNAL, 127 },
	[OUTCOME_TIMEOUT] = { "timeout session", NOTHING, STATUS_TIMEOUT, 0 },
	[OUTCOME_NO_COMMAND] = { "timeout start", NOTHING, STATUS_FAILED, 0 },
	[OUTCOME_DISCONNECT] = { "disconnect", NOTHING, STATUS_FAILED, 0 },
	[OUTCOME_STOP] = { "stop", NOTHING, STATUS_FAILED, 0 },
	[OUTCOME_PROTOCOL] = { "protocol error", NOTHING, STATUS_FAILED, 0 },
	[OUTCOME_UNKNOWN] = { "refused: unknown command", NOTHING,
	    STATUS_UNKNOWN, 0 },
	[OUTCOME_NOT_ALLOWED] = { "refused: access", NOTHING, STATUS_UNKNOWN,
	    0 },
	[OUTCOME_OUT] = { "refused: out of service", NOTHING, STATUS_REFUSED,
	    0 },
	[OUTCOME_LIMIT] = { "refused: command limit", NUMBER, STATUS_BUSY,
	    INT32_MAX },
	[OUTCOME_NO_GRANT] = { "refused: no user ID or cgroup free", NOTHING,
	    STATUS_BUSY, 0 },
	[OUTCOME_COUNT] = { "refused: number of arguments", NUMBER,
	    STATUS_REFUSED, INT32_MAX },
	[OUTCOME_ARGUMENT] = { "refused: argument", NUMBER, STATUS_REFUSED,
	    INT32_MAX },
	[OUTCOME_SLOW_PATTERN] = { "refused: slow pattern", NOTHING,
	    STATUS_REFUSED, 0 },
	[OUTCOME_EXECUTE] = { "failed: execute", ERRNO, STATUS_REFUSED, 4095 },
	[OUTCOME_START] = { "failed: start", ERRNO, STATUS_FAILED, 4095 },
	[OUTCOME_SPEAKER] = { "failed: speaker", NOTHING, STATUS_FAILED, 0 },
	[OUTCOME_UNREAPABLE] = { "failed: cannot be reaped", NOTHING,
	    STATUS_FAILED, 0 },
	[OUTCOME_DAEMON] = { "failed: no answer from haild", NOTHING,
	    STATUS_FAILED, 0 },
};

bool
outcome_is_valid(const struct outcome *o)
{
	return o->kind < NOUTCOMES && o->number >= 0 &&
	    o->number <= outcomes[o->kind].max;
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
