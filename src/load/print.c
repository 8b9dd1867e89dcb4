/*
 * print.c -- a configuration in the syntax of haild.conf(5), and how two of
 * them differ.
 */

#include "load/print.h"

#include <stdlib.h>
#include <string.h>

#include "load/memory.h"
#include "load/service.h"

static void print_commands(
    const struct service *service, const char *indent, FILE *out);

static void
print_setting(
    const struct setting *s, const void *base, const char *indent, FILE *out)
{
	const void *field = setting_field(s, base);

	if (!setting_is_set(s, base) || (s->flags & NOT_PRINTED))
		return;
	fprintf(out, "%s%s = ", indent, s->name);
	if ((s->flags & NONE) &&
	    memcmp(field, s->type->none, s->type->size) == 0)
		fputs("\"none\"", out);
	else if (s->type->print != NULL)
		s->type->print(field, out);
	else if (s->words != NULL)
		fprintf(out, "\"%s\"", s->words[*(const int64_t *)field]);
	else
		print_commands(base, indent, out);
	fputc('\n', out);
}

/* The settings of one service, or of one command, a line each. */
static void
print_settings(const struct service *service, const char *indent, FILE *out)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (settings[i].scope != GLOBAL &&
		    check_applies(service, &settings[i]))
			print_setting(&settings[i], service, indent, out);
}

static void
print_group(const struct service *service, const char *indent, FILE *out)
{
	char deeper[8];

	snprintf(deeper, sizeof(deeper), "%s\t", indent);
	fprintf(out, "%s%s: {\n", indent, service->name);
	print_settings(service, deeper, out);
	fprintf(out, "%s}\n", indent);
}

static void
print_commands(const struct service *service, const char *indent, FILE *out)
{
	const struct service *c;
	char deeper[8];

	snprintf(deeper, sizeof(deeper), "%s\t", indent);
	fputs("{\n", out);
	for (c = service->commands; c->name != NULL; c++)
		print_group(c, deeper, out);
	fprintf(out, "%s}", indent);
}

void
config_print(const struct config *config, FILE *out)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (settings[i].scope == GLOBAL)
			print_setting(&settings[i], config, "", out);
	for (i = 0; i < config->nservices; i++) {
		fputc('\n', out);
		print_group(&config->services[i], "", out);
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

	print_group(service, "", out);
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
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

enum change { ADDED, CHANGED, REMOVED, NCHANGES };

static bool
is_change(enum change kind, const struct service *s, const struct service *in)
{
	if (kind == CHANGED)
		return in != NULL && !is_same(s, in);
	return in == NULL;
}

void
config_diff(
    const struct config *old, const struct config *new, char *buf, size_t size)
{
	static const char *const words[] = { "added ", "changed ", "removed " };
	const struct config *of, *in;
	bool any;
	size_t i;
	int kind;

	buf[0] = '\0';
	for (kind = 0; kind < NCHANGES; kind++) {
		of = kind == REMOVED ? old : new;
		in = kind == REMOVED ? new : old;
		any = false;
		for (i = 0; i < of->nservices; i++) {
			const struct service *s = &of->services[i];

			if (!is_change(
				(enum change)kind, s, config_find(in, s->name)))
				continue;
			if (any)
				strlcat(buf, ", ", size);
			else {
				if (buf[0] != '\0')
					strlcat(buf, "; ", size);
				strlcat(buf, words[kind], size);
			}
			strlcat(buf, s->name, size);
			any = true;
		}
	}
	if (buf[0] == '\0')
		strlcpy(buf, "nothing", size);
}
