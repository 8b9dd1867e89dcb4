/*
 * planning.h -- the parameters of a plan (plan.h), and how its steps fail.
 */

#ifndef PLANNING_H
#define PLANNING_H

#include "haild/listen/listener.h"

struct planning {
	struct listeners *have;
	int level;   /* of failures, for the log */
	char *error; /* each failure is appended as a line; or NULL */
	size_t size;
};

/*
 * STATS's service cannot listen: log why, and keep it for the status and in
 * P->error.  Returns -1.
 */
int plan_failed(const struct planning *p, struct service_stats *stats,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
