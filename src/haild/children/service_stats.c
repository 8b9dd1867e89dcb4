#include "haild/children/service_stats.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/io.h"

#define MS (SECOND / 1000)

const int64_t duration_bounds[DURATION_BUCKETS - 1] = { 1 * MS, 5 * MS, 10 * MS,
	50 * MS, 100 * MS, 500 * MS, 1 * SECOND, 5 * SECOND, 30 * SECOND,
	300 * SECOND, 3600 * SECOND };

struct service_stats *
service_stats_find(const struct service_stats_list *all, const char *name)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, all, entry)
		if (strcmp(t->name, name) == 0)
			break;
	return t;
}

struct service_stats *
service_stats_get(struct service_stats_list *all, const char *name)
{
	struct service_stats *t = service_stats_find(all, name);

	if (t != NULL)
		return t;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	if ((t->name = strdup(name)) == NULL) {
		free(t);
		return NULL;
	}
	t->stderr_read = t->stderr_write = -1;
	t->log_v4 = 32;
	t->log_v6 = 64;
	TAILQ_INIT(&t->starting);
	TAILQ_INIT(&t->timed);
	TAILQ_INIT(&t->ending);
	TAILQ_INIT(&t->killed);
	TAILQ_INSERT_TAIL(all, t, entry);
	return t;
}

void
service_stats_configure(struct service_stats *stats,
    const struct config *config, const struct service *service)
{
	stats->log_prefix = config->log_address == LOG_ADDRESS_PREFIX;
	/* The sessions of a service that was removed keep its prefixes. */
	if (service == NULL)
		return;
	stats->log_v4 = (unsigned int)service->source_v4;
	stats->log_v6 = (unsigned int)service->source_v6;
	stats->health = config_is_health(service);
}

struct command_count *
service_stats_command(struct service_stats *stats, const char *name)
{
	struct command_count *c;
	size_t len = strlen(name);

	for (c = stats->commands; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	if ((c = calloc(1, sizeof(*c) + len + 1)) == NULL)
		return NULL;
	memcpy(c->name, name, len);
	c->next = stats->commands;
	stats->commands = c;
	return c;
}

void
service_stats_refused(struct service_stats *stats, enum refusal_reason reason)
{
	if (reason == REFUSED_FORK) {
		stats->failed++;
		return;
	}
	stats->refused++;
	stats->counts.refusals[reason]++;
}

/* Add N to SUM, which stays at its maximum rather than wrap around. */
static void
add(uint64_t *sum, int64_t n)
{
	if (n > 0 && __builtin_add_overflow(*sum, (uint64_t)n, sum))
		*sum = UINT64_MAX;
}

static void
add_time(int64_t *sum, int64_t n)
{
	if (n > 0 && __builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

void
service_stats_add_bytes(
    struct service_stats *stats, int64_t bytes_in, int64_t bytes_out)
{
	add(&stats->counts.bytes_in, bytes_in);
	add(&stats->counts.bytes_out, bytes_out);
}

void
service_stats_ended(struct service_stats *stats, enum outcome_kind how,
    const struct session_use *use)
{
	struct service_counts *c = &stats->counts;
	size_t i = 0;

	while (i < DURATION_BUCKETS - 1 && use->duration > duration_bounds[i])
		i++;
	c->outcomes[how]++;
	c->durations[i]++;
	add_time(&c->duration, use->duration);
	add_time(&c->cpu, use->cpu);
	service_stats_add_bytes(stats, use->bytes_in, use->bytes_out);
}

bool
service_stats_command_is_full(
    const struct command_count *count, const struct service *command)
{
	return count->live >= command->max_sessions;
}

/* Free the counts of commands that no session runs. */
static void
forget_commands(struct service_stats *t)
{
	struct command_count **at = &t->commands, *c;

	while ((c = *at) != NULL) {
		if (c->live > 0) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		free(c);
	}
}

void
service_stats_close_pipe(struct service_stats *stats)
{
	if (stats->stderr_read != -1)
		close(stats->stderr_read);
	if (stats->stderr_write != -1)
		close(stats->stderr_write);
	stats->stderr_read = stats->stderr_write = -1;
}

void
service_stats_forget(
    struct service_stats_list *all, const struct config *config)
{
	struct service_stats *t, *next;

	for (t = TAILQ_FIRST(all); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		forget_commands(t);
		if (t->usage.live > 0 || t->unreapable > 0 ||
		    config_find(config, t->name) != NULL)
			continue;
		TAILQ_REMOVE(all, t, entry);
		service_stats_close_pipe(t);
		free(t->name);
		free(t);
	}
}
