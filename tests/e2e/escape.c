/*
 * escape.c -- attempts to reach, from a session, what it should not.
 *
 *	escape ATTEMPT [ARGUMENT...]
 *	escape -		the same from the first line of standard input
 *	escape victim TOKEN	be a session that others attack
 *	escape list		the names of all attempts
 *
 * Prints "escaped", or "stopped: REASON", and exits with 0 or 1; with 2 if it
 * could not be tried.  It does no harm where it succeeds, if it runs on a
 * machine of its own: e2e/escapes.sh makes new namespaces for it.
 */

#include "tests/e2e/escape.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS 8

static const struct attempt *const all[] = { kernel_attempts,
	neighbour_attempts, network_attempts, outlive_attempts };

static attempt_fn *
find(const char *name)
{
	const struct attempt *a;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (a = all[i]; a->name != NULL; a++)
			if (strcmp(a->name, name) == 0)
				return a->fn;
	return NULL;
}

static void
list(void)
{
	const struct attempt *a;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (a = all[i]; a->name != NULL; a++)
			puts(a->name);
}

/* In a child, which a filter may kill. */
static int
try_it(attempt_fn *fn, char **args)
{
	int status;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		if (fn(args) == 0) {
			puts("escaped");
			exit(0);
		}
		printf("stopped: %s\n", strerror(errno));
		exit(1);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		err(2, "cannot try");
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("stopped: signal %d\n", WTERMSIG(status));
	return 1;
}

int
main(int argc, char **argv)
{
	char *args[ARGS + 2] = { NULL }, *line = NULL, *save;
	attempt_fn *fn;
	size_t size = 0;
	int i, n = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && strcmp(argv[1], "-") == 0) {
		if (getline(&line, &size, stdin) == -1)
			errx(2, "no attempt");
		line[strcspn(line, "\r\n")] = '\0';
		save = line;
		while (n <= ARGS && (args[n] = strsep(&save, " ")) != NULL)
			n++;
	} else
		for (i = 1; i < argc && n <= ARGS; i++)
			args[n++] = argv[i];
	if (n == 0)
		errx(2, "usage: escape ATTEMPT [ARGUMENT...]");
	if (strcmp(args[0], "list") == 0) {
		list();
		return 0;
	}
	if (strcmp(args[0], "victim") == 0)
		return be_victim(args[1] != NULL ? args[1] : "1");
	if ((fn = find(args[0])) == NULL)
		errx(2, "%s: what attempt is that?", args[0]);
	return try_it(fn, args + 1);
}
