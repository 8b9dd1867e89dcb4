/*
 * print.c -- a configuration in the syntax of haild.conf(5), and how two of
 * them differ.
 */

#include <stdlib.h>
#include <string.h>

#include "load/memory.h"
#include "load/service.h"

#define TABS "\t\t\t" /* as deep as settings can be */

/* FROM: also tell, in comments, where parts of containment come from. */
static void print_group(
    const struct service *service, int depth, bool from, FILE *out);

static void
print_commands(const struct service *service, int depth, bool from, FILE *out)
{
	const struct service *c;

	fputs("{\n", out);
	for (c = service->commands; c->name != NULL; c++)
		print_group(c, depth + 1, from, out);
	fprintf(out, "%.*s}", depth, TABS);
}

bool
setting_print(const struct setting *s, const void *base, FILE *out)
{
	const void *field = setting_field(s, base);

	if ((s->flags & NONE) &&
	    memcmp(field, s->type->none, s->type->size) == 0)
		fputs("\"none\"", out);
	else if (s->type->print != NULL)
		s->type->print(field, out);
	else if (s->words != NULL)
		fprintf(out, "\"%s\"", s->words[*(const int64_t *)field]);
	else
		return false;
	return true;
}

static void
print_setting(
    const struct setting *s, const void *base, int depth, bool from, FILE *out)
{
	char note[128] = "";

	if (!setting_is_set(s, base) || (s->flags & NOT_PRINTED))
		return;
	fprintf(out, "%.*s%s = ", depth, TABS, s->name);
	if (!setting_print(s, base, out))
		print_commands(base, depth, from, out);
	if (from && s->scope != GLOBAL)
		presets_note(base, s, note, sizeof(note));
	fprintf(out, "%s%s\n", note[0] != '\0' ? " # " : "", note);
}

/* A service, or a command. */
static void
print_group(const struct service *service, int depth, bool from, FILE *out)
{
	size_t i;

	fprintf(out, "%.*s%s: {\n", depth, TABS,
	    service->key != NULL ? service->key : service->name);
	for (i = 0; i < nsettings; i++)
		if (settings[i].scope != GLOBAL &&
		    check_applies(service, &settings[i]))
			print_setting(
			    &settings[i], service, depth + 1, from, out);
	fprintf(out, "%.*s}\n", depth, TABS);
}

void
config_print(const struct config *config, FILE *out)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (settings[i].scope == GLOBAL)
			print_setting(&settings[i], config, 0, true, out);
	for (i = 0; i < config->nservices; i++) {
		fputc('\n', out);
		print_group(&config->services[i], 0, true, out);
	}
}

/* --- differences --- */

static void
print_ids(const struct service *service, FILE *out)
{
	if (service->identity != NULL)
		fprintf(out, "%u %u\n", (unsigned int)service->identity->uid,
		    (unsigned int)service->identity->gid);
}

/* As config_print writes it, with what its users are; on the heap. */
static char *
service_text(const struct service *service)
{
	const struct service *command;
	char *text;
	FILE *out = memory_open(&text);

	print_group(service, 0, false, out);
	/* The same name may have other ids now. */
	print_ids(service, out);
	for (command = service->commands;
	     command != NULL && command->name != NULL; command++)
		print_ids(command, out);
	memory_close(out);
	return text;
}

static bool
is_same(const struct service *a, const struct service *b)
{
	char *x = service_text(a), *y = service_text(b);
	bool same = strcmp(x, y) == 0 && config_same_targets(a, b);

	free(x);
	free(y);
	return same;
}

/* The names of the services of A for which B has none, or (CHANGED) another. */
static void
list_changes(const struct config *a, const struct config *b, bool changed,
    const char *word, char *buf, size_t size)
{
	const char *before = buf[0] != '\0' ? "; " : "";
	const struct service *s, *other;
	size_t i;

	for (i = 0; i < a->nservices; i++) {
		s = &a->services[i];
		other = config_find(b, s->name);
		if (changed ? other == NULL || is_same(s, other)
			    : other != NULL)
			continue;
		strlcat(buf, before, size);
		strlcat(buf, word, size);
		strlcat(buf, s->name, size);
		before = ", ";
		word = "";
	}
}

void
config_diff(
    const struct config *old, const struct config *new, char *buf, size_t size)
{
	buf[0] = '\0';
	list_changes(new, old, false, "added ", buf, size);
	list_changes(new, old, true, "changed ", buf, size);
	list_changes(old, new, false, "removed ", buf, size);
	if (buf[0] == '\0')
		strlcpy(buf, "nothing", size);
}
