/*
 * fuzz_inetd.c -- an inetd.conf, as a reload reads one: whatever is in it, what
 * comes out is haild.conf's syntax, line for line, and only that.
 */

#include "fuzz.h"

#include <string.h>

#include <libconfig.h>

#include "load/files.h"
#include "load/text/scan.h"
#include "load/inetd.h"

static int
count_lines(const char *text)
{
	int n = 1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

struct seen {
	int lines, last;
};

static void
see(void *arg, bool error, const char *text)
{
	struct seen *seen = arg;
	int line, begin = -1;

	MUST(error || strstr(text, ": quotes have ") != NULL);
	MUST(sscanf(text, "x:%d: %n", &line, &begin) == 1);
	MUST(line >= seen->last && line <= seen->lines);
	MUST(begin > 0 && text[begin] != '\0');
	seen->last = line;
}

/* A line of it is a service, with these settings and no other. */
static void
check_service(const config_setting_t *s)
{
	static const char *const known[] = { "argv0", "builtin", "exec",
		"group", "leftovers", "listen", "max-per-source",
		"max-sessions", "no-new-privileges", "on-disconnect", "rate",
		"rate-per-source", "session-timeout", "socket-mode",
		"socket-user", "stderr", "user", "wait" };
	const char *name;
	size_t at;
	int i;

	MUST(config_setting_is_group(s));
	for (i = 0; i < config_setting_length(s); i++) {
		name = config_setting_name(config_setting_get_elem(s, i));
		for (at = 0; at < sizeof(known) / sizeof(known[0]); at++)
			if (strcmp(known[at], name) == 0)
				break;
		MUST(at < sizeof(known) / sizeof(known[0]));
	}
	MUST(config_setting_get_member(s, "listen") != NULL);
	MUST((config_setting_get_member(s, "exec") == NULL) !=
	    (config_setting_get_member(s, "builtin") == NULL));
	/* Who it runs as is never left out. */
	MUST((config_setting_get_member(s, "exec") == NULL) ==
	    (config_setting_get_member(s, "user") == NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *result;
	struct seen seen = { .last = 1 };
	struct loader l = { .sink = see, .arg = &seen, .file = "x" };
	const config_setting_t *root;
	config_t tree;
	int i, line;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (strlen(text) == size) { /* files.c refuses the others */
		seen.lines = count_lines(text);
		result = translate_inetd(&l, text);
		MUST(count_lines(result) == seen.lines + 1);
		MUST(scan_text(result, &line) == NULL);
		config_init(&tree);
		MUST(config_read_string(&tree, result));
		root = config_root_setting(&tree);
		for (i = 0; i < config_setting_length(root); i++)
			check_service(
			    config_setting_get_elem(root, (unsigned int)i));
		config_destroy(&tree);
		free(result);
	}
	free(text);
	return 0;
}
