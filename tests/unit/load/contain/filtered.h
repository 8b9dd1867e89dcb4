/*
 * filtered.h -- a service, and the loader that builds its filter.  Each test
 * that includes it has its own.
 */

#ifndef FILTERED_H
#define FILTERED_H

#include "tests/unit/build.h"

#include "load/contain/filters.h"
#include "load/settings.h"

#define LIST(...) ((const char *const[]) { __VA_ARGS__, NULL })
static struct arena arena;
static struct config config;
static struct config_source source;
static struct origin *origins;
static struct loader loader;

static inline void
start(void)
{
	size_t i;

	errors[0] = warnings[0] = '\0';
	ck_assert_int_eq(arena_create(&arena, 0), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	origins = arena_alloc(&arena, nsettings * sizeof(*origins));
	for (i = 0; i < nsettings; i++)
		origins[i] =
		    (struct origin) { .file = "test.conf", .line = 1 + (int)i };
	origins[setting_index("no-new-privileges")].file = NULL;
	loader = (struct loader) { .source = &source,
		.arena = &arena,
		.sink = build_collect,
		.config = &config,
		.origins = origins };
}

static inline void
finish(void)
{
	arena_destroy(&arena);
}

static inline struct service
service_with(const char *const *calls, const char *const *families, bool strict)
{
	struct service s = { .name = "x",
		.handler = HANDLER_EXEC,
		.system_call_filter = calls,
		.restrict_address_families = families,
		.restrict_namespaces = strict };

	filters_build(&loader, &s);
	return s;
}

#endif
