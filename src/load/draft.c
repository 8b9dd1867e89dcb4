/*
 * draft.c -- a service while its settings are read.
 */

#include "load/draft.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"

static int
parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);

	if (!(s->flags & NONE) || text == NULL || strcmp(text, "none") != 0)
		return s->type->parse(l, s, field, v);
	memcpy(field, s->type->none, s->type->size);
	return 0;
}

static void *
field_of(struct loader *l, struct service *service, const struct setting *s)
{
	return setting_field(s,
	    s->scope == GLOBAL ? (const void *)l->config
			       : (const void *)service);
}

/* Defaults are read by the same code as what people write. */
void
draft_preset(struct loader *l, struct service *service)
{
	config_t tree;
	char text[256];
	size_t i;

	service->no_new_privileges = -1;
	for (i = 0; i < nsettings; i++) {
		const struct setting *s = &settings[i];

		if (s->preset == NULL)
			continue;
		snprintf(text, sizeof(text), "x = %s", s->preset);
		config_init(&tree);
		if (!config_read_string(&tree, text) ||
		    parse(l, s, field_of(l, service, s),
			config_lookup(&tree, "x")) == -1)
			fatalx(EX_SOFTWARE, "cannot read the default of \"%s\"",
			    s->name);
		config_destroy(&tree);
	}
}

void
draft_apply(struct loader *l, struct draft *d, bool in_service,
    const config_setting_t *v)
{
	const char *name = config_setting_name(v);
	const struct setting *s = setting_find(name, in_service);
	struct origin *origin;

	if (s == NULL) {
		loader_error(l, v, "unknown setting \"%s\"", name);
		return;
	}
	if (in_service && s->scope == GLOBAL) {
		loader_error(l, v,
		    "\"%s\" applies to all services: move it to the top level",
		    name);
		return;
	}
	if (!in_service && s->scope == OWN) {
		loader_error(l, v, "\"%s\" belongs in a service", name);
		return;
	}
	origin = &d->origins[s - settings];
	if (!in_service && origin->file != NULL) {
		loader_error(l, v, "\"%s\" is already set at %s:%d", name,
		    origin->file, origin->line);
		return;
	}
	origin->file = arena_strdup(l->arena, l->file);
	origin->line = (int)config_setting_source_line(v);
	parse(l, s, field_of(l, d->service, s), v);
}

void
draft_read(struct loader *l, struct service *service,
    const config_setting_t *group, struct origin *own,
    const struct origin *outer, struct origin *all)
{
	struct draft d = { service, own };
	unsigned int at, n = (unsigned int)config_setting_length(group);
	size_t i;

	memset(own, 0, nsettings * sizeof(*own));
	for (at = 0; at < n; at++)
		draft_apply(l, &d, true, config_setting_get_elem(group, at));
	for (i = 0; i < nsettings; i++)
		all[i] = own[i].file != NULL ? own[i] : outer[i];
}

void
draft_default_privileges(struct service *service)
{
	uid_t uid =
	    service->identity != NULL ? service->identity->uid : geteuid();

	if (service->no_new_privileges == -1)
		service->no_new_privileges = uid != 0;
}
