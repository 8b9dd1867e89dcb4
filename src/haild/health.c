#include "haild/health.h"

int
health_percent(const struct server *s)
{
	int64_t limit = s->config->max_sessions, free;

	if (s->stopping || s->stop_at != 0 || s->all_drained)
		return 0;
	free = limit - ((int64_t)s->children.live - 1);
	if (free >= limit)
		return 100;
	/* A balancer takes 0 % for a drain. */
	return free * 100 / limit < 1 ? 1 : (int)(free * 100 / limit);
}
