#include "haild/listen/planning.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"

int
plan_failed(
    const struct planning *p, struct service_stats *stats, const char *fmt, ...)
{
	size_t used;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(stats->trouble, sizeof(stats->trouble), fmt, ap);
	va_end(ap);
	/* Retries are quiet unless the service was in service. */
	log_at(stats->out ? p->level : LOG_ERR, "%s: %s", stats->name,
	    stats->trouble);
	if (p->error != NULL) {
		used = strlen(p->error);
		snprintf(p->error + used, p->size - used, "%s: %s\n",
		    stats->name, stats->trouble);
	}
	return -1;
}
