/*
 * build.c -- what the tests of the configuration share.
 */

#include "tests/unit/build.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
char errors[16384];
char warnings[4096];
bool build_wrong;

void
build_collect(void *arg UNUSED, bool error, const char *text)
{
	char *to = error ? errors : warnings;
	size_t size = error ? sizeof(errors) : sizeof(warnings);

	ck_assert_ptr_null(strchr(text, '\n'));
	if (to[0] != '\0')
		strlcat(to, "\n", size);
	ck_assert_uint_lt(strlcat(to, text, size), size);
}

const struct config *
build(const struct config_source *source)
{
	if (arena.base != NULL)
		arena_destroy(&arena);
	errors[0] = warnings[0] = '\0';
	ck_assert_int_eq(arena_create(&arena, 0), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	return config_build(source, &arena, build_collect, NULL, &build_wrong);
}

const struct config *
build_files(bool root)
{
	const struct config_source source = {
		.file = "test.conf",
		.dir = "conf.d",
		.root = root,
		.cgroup =
		    CGROUP_LEAVES | CGROUP_CPU | CGROUP_MEMORY | CGROUP_PIDS,
	};

	return build(&source);
}

const struct config *
build_text(const char *text, bool root)
{
	unit_write_file("test.conf", text);
	return build_files(root);
}

const struct config *
good(const char *text, bool root)
{
	const struct config *config = build_text(text, root);

	ck_assert_msg(config != NULL, "%s\nis refused:\n%s", text, errors);
	ck_assert_str_eq(errors, "");
	ck_assert_ptr_eq(config_check(&arena), config);
	return config;
}

const struct service *
good_service(const char *text, bool root)
{
	const struct config *config = good(text, root);

	ck_assert_uint_eq(config->nservices, 1);
	return &config->services[0];
}

void
build_leave(void)
{
	arena_destroy(&arena);
	unit_leave_dir();
}

void
refuse(const struct refused *cases, size_t n, bool root)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ck_assert_msg(build_text(cases[i].text, root) == NULL,
		    "%s\nis not refused", cases[i].text);
		ck_assert_msg(strcmp(errors, cases[i].want) == 0,
		    "%s\nis refused with\n%s\nnot with\n%s", cases[i].text,
		    errors, cases[i].want);
	}
}

char *
build_print(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	config_print(config, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

void
build_strip_notes(char *text)
{
	static const char *const notes[] = { " # default", " # sandbox",
		" # with those of", " # no effect" };
	char *note;
	size_t i;

	for (i = 0; i < COUNT(notes); i++)
		while ((note = strstr(text, notes[i])) != NULL)
			memmove(note, note + strcspn(note, "\n"),
			    strlen(note + strcspn(note, "\n")) + 1);
}
