#include "haild/admission/refusal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/tls.h"
#include "lib/proxy.h"

/* What struct refusal's number is. */
enum number { NOTHING, LIMIT, FAULT, TLS, ERRNO };

static const struct {
	const char *words;
	enum number number;
	bool may_tell;
	const char *summary; /* other words, where WORDS alone mean another */
} reasons[NREFUSALS] = {
	[REFUSED_NOT] = { "not refused", NOTHING, false, NULL },
	[REFUSED_ACCESS] = { "access", NOTHING, false, NULL },
	[REFUSED_PROXY] = { "proxy", NOTHING, false, NULL },
	[REFUSED_PROXY_FAULT] = { "proxy", FAULT, false, "proxy header" },
	[REFUSED_LOAD] = { "load", NOTHING, true, NULL },
	[REFUSED_TOTAL] = { "total limit", LIMIT, true, NULL },
	[REFUSED_SERVICE] = { "service limit", LIMIT, true, NULL },
	[REFUSED_SOURCE] = { "source limit", LIMIT, true, NULL },
	[REFUSED_SERVICE_RATE] = { "service rate", NOTHING, true, NULL },
	[REFUSED_SOURCE_RATE] = { "source rate", NOTHING, true, NULL },
	[REFUSED_TABLE] = { "table full", NOTHING, true, NULL },
	[REFUSED_FORK] = { "fork", ERRNO, true, NULL },
	[REFUSED_RELAY] = { "relay", ERRNO, true, NULL },
	[REFUSED_TLS_FAULT] = { "tls", TLS, false, NULL },
	[REFUSED_CHANGED] = { "service changed", NOTHING, false, NULL },
	[REFUSED_IDENTITY] = { "identity", NOTHING, false, NULL },
	[REFUSED_IDENTITY_LIMIT] = { "identity limit", LIMIT, true, NULL },
	[REFUSED_IDENTITY_RATE] = { "identity rate", NOTHING, true, NULL },
	[REFUSED_POOL] = { "user pool", NOTHING, true, NULL },
	[REFUSED_LEAF] = { "cgroup", ERRNO, true, NULL },
	[REFUSED_TASKS] = { "service-tasks-max", LIMIT, true, NULL },
	[REFUSED_DRAINED] = { "drained", NOTHING, true, NULL },
};

static const char *const names[NREFUSALS] = {
	[REFUSED_NOT] = "none",
	[REFUSED_ACCESS] = "access",
	[REFUSED_PROXY] = "proxy",
	[REFUSED_PROXY_FAULT] = "proxy-header",
	[REFUSED_LOAD] = "load",
	[REFUSED_TOTAL] = "total-limit",
	[REFUSED_SERVICE] = "service-limit",
	[REFUSED_SOURCE] = "source-limit",
	[REFUSED_SERVICE_RATE] = "service-rate",
	[REFUSED_SOURCE_RATE] = "source-rate",
	[REFUSED_TABLE] = "table-full",
	[REFUSED_FORK] = "fork",
	[REFUSED_RELAY] = "relay",
	[REFUSED_TLS_FAULT] = "tls",
	[REFUSED_CHANGED] = "service-changed",
	[REFUSED_IDENTITY] = "identity",
	[REFUSED_IDENTITY_LIMIT] = "identity-limit",
	[REFUSED_IDENTITY_RATE] = "identity-rate",
	[REFUSED_POOL] = "user-pool",
	[REFUSED_LEAF] = "cgroup",
	[REFUSED_TASKS] = "tasks-limit",
	[REFUSED_DRAINED] = "drained",
};

const char *
refusal_name(enum refusal_reason reason)
{
	return names[reason];
}

const char *
refusal_print(const struct refusal *why, char *buf, size_t size)
{
	enum number number = reasons[why->reason].number;
	char limit[32];

	strlcpy(buf, reasons[why->reason].words, size);
	if (number == LIMIT) {
		snprintf(limit, sizeof(limit), " %" PRId64, why->number);
		strlcat(buf, limit, size);
	} else if (number != NOTHING) {
		strlcat(buf, ": ", size);
		strlcat(buf,
		    number == FAULT ? proxy_words((enum proxy_fault)why->number)
			: number == TLS ? tls_words((enum tls_fault)why->number)
					: strerror((int)why->number),
		    size);
	}
	return buf;
}

bool
refusal_may_tell(enum refusal_reason reason)
{
	return reasons[reason].may_tell;
}

bool
refusals_pass(struct refusals *r, enum refusal_reason reason, int64_t now)
{
	if (ratelimit_pass(&r->lines, now))
		return true;
	r->left_out[reason]++;
	return false;
}

unsigned long
refusals_left_out(struct refusals *r, int64_t now, char *buf, size_t size)
{
	unsigned long total = ratelimit_left_out(&r->lines, now);
	const char *words;
	char text[64];
	size_t i, most;

	buf[0] = '\0';
	if (total == 0)
		return 0;
	for (;;) {
		most = 0;
		for (i = 1; i < NREFUSALS; i++)
			if (r->left_out[i] > r->left_out[most])
				most = i;
		if (r->left_out[most] == 0)
			return total;
		words = reasons[most].summary != NULL ? reasons[most].summary
						      : reasons[most].words;
		snprintf(text, sizeof(text), "%s%lu %s",
		    buf[0] == '\0' ? "" : ", ", r->left_out[most], words);
		strlcat(buf, text, size);
		r->left_out[most] = 0;
	}
}
