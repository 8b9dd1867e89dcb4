/*
 * check_manual.c -- haild.conf(5) agrees with the table of settings.
 *
 * Each setting has a paragraph, ".It Ic NAME = Ar TYPE", which gives the
 * default, and a line in the index with its type, default, scope and handlers.
 */

#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/settings.h"

#define LINES_MAX 4096
#define TEXT_MAX 8192

static char *lines[LINES_MAX];
static size_t nlines;

static void
read_manual(void)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], line[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/man/haild.conf.5",
	    srcdir != NULL ? srcdir : ".");
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "cannot open %s", path);
	for (nlines = 0; fgets(line, sizeof(line), f) != NULL; nlines++) {
		ck_assert_uint_lt(nlines, LINES_MAX);
		line[strcspn(line, "\n")] = '\0';
		lines[nlines] = strdup(line);
		ck_assert_ptr_nonnull(lines[nlines]);
	}
	fclose(f);
}

static void
free_manual(void)
{
	while (nlines > 0)
		free(lines[--nlines]);
}

static bool
has_prefix(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* --- the words of the manual --- */

/* The manual's word for a type, with a setting of that type. */
static const struct {
	const char *word, *setting;
} types[] = {
	{ "string", "message" },
	{ "string", "name" },
	{ "path", "chroot" },
	{ "path", "inetd-conf" },
	{ "path", "control" },
	{ "word", "at-limit" },
	{ "word", "builtin" },
	{ "word", "log-facility" },
	{ "list", "listen" },
	{ "list", "exec" },
	{ "list", "environment" },
	{ "list", "arg-match" },
	{ "list", "accept-env" },
	{ "paths", "tls-key" },
	{ "strings", "tls-alpn" },
	{ "strings", "allow-identity" },
	{ "strings", "forward" },
	{ "number", "backlog" },
	{ "number", "max-per-source" },
	{ "number", "max-load" },
	{ "numbers", "mask-args" },
	{ "boolean", "freebind" },
	{ "boolean", "no-new-privileges" },
	{ "duration", "kill-grace" },
	{ "rate", "rate" },
	{ "networks", "allow" },
	{ "mode", "umask" },
	{ "limit", "limit-as" },
	{ "range", "args" },
	{ "string", "user" },
	{ "string", "interface" },
	{ "list", "read-only-paths" },
	{ "list", "bind-paths" },
	{ "list", "capabilities" },
	{ "list", "cpu-affinity" },
	{ "size", "memory-max" },
	{ "percentage", "cpu-quota" },
	{ "group", "commands" },
};

static const char *
manual_type(const struct setting *s)
{
	const struct setting *same;
	size_t i;

	for (i = 0; i < COUNT(types); i++) {
		same = setting_find(types[i].setting, true);
		ck_assert_msg(
		    same != NULL, "no setting \"%s\"", types[i].setting);
		if (same->type == s->type)
			return types[i].word;
	}
	ck_abort_msg("\"%s\" has a type without a word in the manual", s->name);
	return NULL;
}

/* The default as the manual's source has it: quotes are escaped. */
static void
manual_default(const struct setting *s, char *buf, size_t size)
{
	FILE *out = fmemopen(buf, size, "w");
	const char *p;

	ck_assert_ptr_nonnull(out);
	for (p = s->preset; *p != '\0'; p++)
		fputs(*p == '"' ? "\\(dq" : (char[]) { *p, '\0' }, out);
	ck_assert_int_eq(fclose(out), 0);
}

static const char *
manual_where(const struct setting *s)
{
	bool command = (s->handlers & HANDLER_COMMAND) != 0;

	if (s->handlers == HANDLER_COMMAND)
		return "C";
	switch (s->scope) {
	case GLOBAL:
		return "T";
	case DEFAULT:
		return command ? "TSC" : "TS";
	case OWN:
		return command ? "SC" : "S";
	}
	return "?";
}

static void
manual_handlers(const struct setting *s, char *buf, size_t size)
{
	static const struct {
		unsigned int handler;
		const char *name;
	} names[] = {
		{ HANDLER_MESSAGE, "message" },
		{ HANDLER_BUILTIN, "builtin" },
		{ HANDLER_EXEC, "exec" },
		{ HANDLER_COMMANDS, "commands" },
		{ HANDLER_FORWARD, "forward" },
	};
	const char *comma = "";
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < COUNT(names); i++) {
		if (strcmp(s->name, names[i].name) == 0) {
			snprintf(buf, size, "%s", s->name);
			return;
		}
		if ((s->handlers & names[i].handler) == 0)
			continue;
		strncat(buf, comma, size - strlen(buf) - 1);
		strncat(buf, names[i].name, size - strlen(buf) - 1);
		comma = ", ";
	}
	if ((s->handlers & HANDLER_ANY) == HANDLER_ANY)
		snprintf(buf, size, "all");
	else if (buf[0] == '\0')
		snprintf(buf, size, "-");
}

/* --- the index --- */

static void
index_line(const struct setting *s, char *buf, size_t size)
{
	char preset[128] = "-", handlers[64];

	if (s->preset != NULL)
		manual_default(s, preset, sizeof(preset));
	manual_handlers(s, handlers, sizeof(handlers));
	snprintf(buf, size, ".It %s Ta %s Ta %s Ta %s Ta %s", s->name,
	    manual_type(s), preset, manual_where(s), handlers);
}

/* The lines of the index, from *FIRST to before the one returned. */
static size_t
find_index(size_t *first)
{
	size_t i = 0;

	while (i < nlines && strcmp(lines[i], ".Sh INDEX OF SETTINGS") != 0)
		i++;
	while (i < nlines && !has_prefix(lines[i], ".It Sy "))
		i++;
	*first = i + 1;
	while (i < nlines && strcmp(lines[i], ".El") != 0)
		i++;
	ck_assert_msg(i < nlines, "haild.conf(5) has no index");
	return i;
}

START_TEST(index_agrees_with_the_table)
{
	size_t first, end = find_index(&first), i, j;
	char line[256];

	for (i = 0; i < nsettings; i++) {
		index_line(&settings[i], line, sizeof(line));
		for (j = first; j < end; j++)
			if (strcmp(lines[j], line) == 0)
				break;
		ck_assert_msg(
		    j < end, "the index of haild.conf(5) lacks\n%s", line);
	}
	ck_assert_uint_eq(end - first, nsettings);
}
END_TEST

START_TEST(index_is_sorted)
{
	size_t first, end = find_index(&first), i;
	char before[64] = "", name[64];

	for (i = first; i < end; i++) {
		ck_assert_int_eq(sscanf(lines[i], ".It %63s", name), 1);
		ck_assert_msg(
		    strcmp(before, name) <= 0, "%s after %s", name, before);
		memcpy(before, name, sizeof(before));
	}
}
END_TEST

/* --- the paragraphs --- */

struct paragraph {
	char name[64], type[64]; /* type is "" for the limits */
	char text[TEXT_MAX];	 /* to the next one, or the end of the list */
};

/*
 * Find the next paragraph from line AT on.  Returns the line after its heading,
 * or 0.  A list within a paragraph is about the setting's values.
 */
static size_t
next_paragraph(size_t at, struct paragraph *p)
{
	static const char form[] = ".It Ic %63s = Ar %63s";
	size_t found, used = 0;
	int depth = 0;

	while (at < nlines && !has_prefix(lines[at], ".It Ic "))
		at++;
	if (at == nlines)
		return 0;
	p->type[0] = '\0';
	ck_assert_int_ge(sscanf(lines[at], form, p->name, p->type), 1);
	found = ++at;
	p->text[0] = '\0';
	for (; at < nlines && depth >= 0; at++) {
		if (has_prefix(lines[at], ".It Ic ") && depth == 0)
			break;
		depth += has_prefix(lines[at], ".Bl");
		depth -= has_prefix(lines[at], ".El");
		used += (size_t)snprintf(
		    p->text + used, sizeof(p->text) - used, "%s\n", lines[at]);
		ck_assert_uint_lt(used, sizeof(p->text));
	}
	return found;
}

static void
count_paragraphs(const struct setting *s, size_t *all, size_t *defaults)
{
	char preset[128], wanted[256];
	struct paragraph p;
	size_t at = 0;

	*all = *defaults = 0;
	if (s->preset != NULL) {
		manual_default(s, preset, sizeof(preset));
		snprintf(
		    wanted, sizeof(wanted), "The default is\n.Ql %s ", preset);
	}
	while ((at = next_paragraph(at, &p)) != 0) {
		if (strcmp(p.name, s->name) != 0)
			continue;
		++*all;
		if (p.type[0] != '\0')
			ck_assert_str_eq(p.type, manual_type(s));
		*defaults +=
		    s->preset != NULL && strstr(p.text, wanted) != NULL;
	}
}

START_TEST(each_setting_has_a_paragraph)
{
	size_t i, j, all, defaults, same;

	for (i = 0; i < nsettings; i++) {
		const struct setting *s = &settings[i];

		same = 0;
		for (j = 0; j < nsettings; j++)
			same += strcmp(settings[j].name, s->name) == 0;
		count_paragraphs(s, &all, &defaults);
		ck_assert_msg(all == same,
		    "haild.conf(5) has %zu \".It Ic %s\", not %zu", all,
		    s->name, same);
		ck_assert_msg(s->preset == NULL || defaults == 1,
		    "haild.conf(5), %s: \"The default is\" lacks %s", s->name,
		    s->preset);
	}
}
END_TEST

START_TEST(each_paragraph_has_a_setting)
{
	struct paragraph p;
	size_t at = 0, n = 0;

	for (; (at = next_paragraph(at, &p)) != 0; n++)
		ck_assert_msg(setting_find(p.name, true) != NULL,
		    "haild.conf(5) describes \"%s\", which is no setting",
		    p.name);
	ck_assert_uint_gt(n, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, read_manual, free_manual);
	tcase_add_test(tc, index_agrees_with_the_table);
	tcase_add_test(tc, index_is_sorted);
	tcase_add_test(tc, each_setting_has_a_paragraph);
	tcase_add_test(tc, each_paragraph_has_a_setting);
}

int
main(void)
{
	return unit_run("manual", add);
}
