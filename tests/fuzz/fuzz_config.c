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
#include "load/getent.h"
#include "load/scan.h"

/*
 * In the place of the program: it would be started for each name that a fuzzer
 * makes up.
 */
char *
getent(const char *database, const char *key)
{
	char *text;

	if (strcmp(database, "ahosts") == 0 && strcmp(key, "localhost") == 0)
		return strdup("127.0.0.1 STREAM localhost\n::1 STREAM \n");
	if (strcmp(database, "initgroups") == 0)
		MUST(asprintf(&text, "%s 100 7\n", key) != -1);
	else if (strcmp(database, "services") == 0 && strchr(key, 'x') == NULL)
		MUST(asprintf(&text, "%s 80/tcp www\n", key) != -1);
	else if (strcmp(database, "group") == 0 && strchr(key, 'x') == NULL)
		MUST(asprintf(&text, "%s:x:100:a,b\n", key) != -1);
	else if (strcmp(database, "passwd") == 0 && strchr(key, 'x') == NULL)
		MUST(asprintf(&text, "%s:x:65534:65534::/:/bin/sh\n", key) !=
		    -1);
	else
		text = strdup("");
	return text;
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
	config = config_build(&source, &arena, count, &errors);
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
		MUST(strcmp(once, twice) == 0);
		free(twice);
		free(once);
	}
	free(text);
	return 0;
}
