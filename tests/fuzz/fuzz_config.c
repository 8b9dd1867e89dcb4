/*
 * fuzz_config.c -- the text of a configuration: what is refused says why, and
 * what is taken is printed as something that is taken as the same.
 */

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "config/config.h"
#include "load/loader.h"
#include "load/text/scan.h"
#include "load/lookup.h"
#include "load/files.h"

/* In the place of lookup.c: a fuzzer makes up names without end. */
static int
known(const char *name)
{
	return strchr(name, 'x') == NULL;
}

int
lookup_user(const char *name, uid_t uid, struct user *user)
{
	if (name != NULL && !known(name))
		return 0;
	user->name = "nobody";
	user->home = "/";
	user->shell = "";
	user->uid = name != NULL ? 65534 : uid;
	user->gid = 65534;
	return 1;
}

int
lookup_group(const char *name, gid_t *gid)
{
	*gid = 100;
	return known(name);
}

int
lookup_groups(const char *name __attribute__((unused)), gid_t gid, gid_t **list,
    size_t *n)
{
	MUST((*list = calloc(3, sizeof(**list))) != NULL);
	(*list)[0] = 100;
	(*list)[1] = 7;
	(*list)[2] = gid;
	*n = 3;
	return 1;
}

int
lookup_port(
    const char *name, bool dgram __attribute__((unused)), unsigned int *port)
{
	*port = 80;
	return known(name);
}

int
lookup_host(const char *name, struct addr **list, size_t *n, const char **why)
{
	*list = NULL;
	*n = 0;
	*why = "Name or service not known";
	if (strcmp(name, "localhost") != 0)
		return 0;
	MUST((*list = calloc(2, sizeof(**list))) != NULL);
	*n = 2;
	MUST(addr_from_numeric(&(*list)[0], "127.0.0.1", 0) == 0);
	MUST(addr_from_numeric(&(*list)[1], "::1", 0) == 0);
	return 1;
}

/* libconfig loses a string in which it finds an error. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

static void
count(void *arg, bool error, const char *text)
{
	MUST(text[0] != '\0' && strchr(text, '\n') == NULL);
	if (error)
		++*(size_t *)arg;
}

/* As haild -T prints it, on the heap; NULL when it is refused. */
static char *
understood(const char *text, bool strict)
{
	const struct text of = { "fuzz.conf", text, false };
	const struct config again = { .texts = &of, .ntexts = 1 };
	const struct config_source source = { .again = &again,
		.tolerant = !strict };
	const struct config *config;
	char *printed = NULL;
	struct arena arena;
	size_t errors = 0, size;
	FILE *out;

	MUST(arena_create(&arena, 0) == 0 && arena_open(&arena) == 0);
	config = config_build(&source, &arena, count, &errors, NULL);
	/* What is missing is an error, even where it is tolerated. */
	MUST(config != NULL || errors > 0);
	MUST(config == NULL || errors == 0 || !strict);
	if (config != NULL) {
		MUST(config_check(&arena) == config);
		MUST((out = open_memstream(&printed, &size)) != NULL);
		config_print(config, out);
		MUST(fclose(out) == 0);
	}
	arena_destroy(&arena);
	return printed;
}

/* Comments tell where parts of containment come from: the text, in the end. */
static void
strip_comments(char *text)
{
	char *at = text;
	size_t n;

	while ((at = strstr(at, " # ")) != NULL) {
		n = strcspn(at, "\n");
		memmove(at, at + n, strlen(at + n) + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *once, *twice;
	int line, lines = 1;
	size_t i;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	for (i = 0; text[i] != '\0'; i++)
		lines += text[i] == '\n';
	scan_text(text, &line);
	MUST(line >= 1 && line <= lines);
	free(understood(text, false));
	if ((once = understood(text, true)) != NULL) {
		MUST((twice = understood(once, true)) != NULL);
		strip_comments(once);
		strip_comments(twice);
		MUST(strcmp(once, twice) == 0);
		free(twice);
		free(once);
	}
	free(text);
	return 0;
}
