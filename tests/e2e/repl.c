/*
 * repl.c -- a program of the kind that teachers and organisers of contests put
 * on the network: it reads a line, answers, and asks for the next one.
 *
 *	A + B, A * B	prints the result
 *	keep N		allocates and fills N kB, and prints that
 *	quit STATUS	exits
 *
 * It needs no terminal.  For tests/e2e/sandbox_programs.sh.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
answer(const char *line)
{
	long a, b;
	char *kept;

	if (sscanf(line, "%ld + %ld", &a, &b) == 2)
		printf("%ld\n", a + b);
	else if (sscanf(line, "%ld * %ld", &a, &b) == 2)
		printf("%ld\n", a * b);
	else if (sscanf(line, "keep %ld", &a) == 1 && a > 0) {
		if ((kept = malloc((size_t)a * 1024)) == NULL) {
			puts("no memory");
			return;
		}
		memset(kept, 1, (size_t)a * 1024);
		printf("kept %ld kB\n", a);
	} else if (sscanf(line, "quit %ld", &a) == 1)
		exit((int)a);
	else
		puts("?");
}

int
main(void)
{
	char line[256];

	setvbuf(stdout, NULL, _IONBF, 0);
	fputs("> ", stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		answer(line);
		fputs("> ", stdout);
	}
	return 0;
}
