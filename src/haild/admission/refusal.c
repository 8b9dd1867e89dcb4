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
	const char *name;
} reasons[NREFUSALS] = {
	[REFUSED_NOT] = { "not refused", NOTHING, false, NULL, "none" },
	[REFUSED_ACCESS] = { "access", NOTHING, false, NULL, "access" },
	[REFUSED_PROXY] = { "proxy", NOTHING, false, NULL, "proxy" },
	[REFUSED_PROXY_FAULT] = { "proxy", FAULT, false, "proxy header",
	    "proxy-header" },
	[REFUSED_LOAD] = { "load", NOTHING, true, NULL, "load" },
	[REFUSED_TOTAL] = { "total limit", LIMIT, true, NULL, "total-limit" },
	[REFUSED_SERVICE] = { "service limit", LIMIT, true, NULL,
	    "service-limit" },
	[REFUSED_SOURCE] = { "source limit", LIMIT, true, NULL,
	    "source-limit" },
	[REFUSED_SERVICE_RATE] = { "service rate", NOTHING, true, NULL,
	    "service-rate" },
	[REFUSED_SOURCE_RATE] = { "source rate", NOTHING, true, NULL,
	    "source-rate" },
	[REFUSED_TABLE] = { "table full", NOTHING, true, NULL, "table-full" },
	[REFUSED_FORK] = { "fork", ERRNO, true, NULL, "fork" },
	[REFUSED_RELAY] = { "relay", ERRNO, true, NULL, "relay" },
	[REFUSED_TLS_FAULT] = { "tls", TLS, false, NULL, "tls" },
	[REFUSED_CHANGED] = { "service changed", NOTHING, false, NULL,
	    "service-changed" },
	[REFUSED_IDENTITY] = { "identity", NOTHING, false, NULL, "identity" },
	[REFUSED_IDENTITY_LIMIT] = { "identity limit", LIMIT, true, NULL,
	    "identity-limit" },
	[REFUSED_IDENTITY_RATE] = { "identity rate", NOTHING, true, NULL,
	    "identity-rate" },
	[REFUSED_POOL] = { "user pool", NOTHING, true, NULL, "user-pool" },
	[REFUSED_LEAF] = { "cgroup", ERRNO, true, NULL, "cgroup" },
	[REFUSED_TASKS] = { "service-tasks-max", LIMIT, true, NULL,
	    "service-tasks-max" },
};

const char *
refusal_name(enum refusal_reason reason)
{
	return reasons[reason].name;
}

int64_t
refusal_limit(const struct refusal *why)
{
	return reasons[why->reason].number == LIMIT ? why->number : -1;
}

const char *
refusal_detail(const struct refusal *why)
{
	switch (reasons[why->reason].number) {
	case FAULT:
		return proxy_words((enum proxy_fault)why->number);
	case TLS:
		return tls_words((enum tls_fault)why->number);
	case ERRNO:
		return strerror((int)why->number);
	default:
		return NULL;
	}
}

const char *
refusal_print(const struct refusal *why, char *buf, size_t size)
{
	const char *detail = refusal_detail(why);
	char limit[32];

	strlcpy(buf, reasons[why->reason].words, size);
	if (reasons[why->reason].number == LIMIT) {
		snprintf(limit, sizeof(limit), " %" PRId64, why->number);
		strlcat(buf, limit, size);
	} else if (detail != NULL) {
		strlcat(buf, ": ", size);
		strlcat(buf, detail, size);
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
