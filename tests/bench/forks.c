/*
 * forks.c -- what the table of sources costs a fork: with it empty, full, and
 * full but not MADV_DONTFORK, turn about, so that whatever else the machine
 *does meets all three.
 *
 *	forks [rounds]
 */

#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "sources.h"

#define FORKS 200 /* in a turn */

/* Every entry in use, and written to. */
static void
fill(struct sources *all)
{
	struct source source = { .service = 1 };
	uint32_t i;

	for (i = 0; i < SOURCES_MAX; i++) {
		source_parse(&source, "192.0.2.1");
		source.service = i + 1;
		if (sources_enter(all, &source, 0, 1) == 0)
			errx(1, "the table is full at %u", i);
	}
}

/* ns for one fork, exit and wait. */
static int64_t
measure(void)
{
	int64_t start = clock_now();
	int i;

	for (i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid == -1 || waitpid(pid, NULL, 0) == -1)
			err(1, "fork");
	}
	return (clock_now() - start) / FORKS;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Children of ours have the table, as if it were any memory. */
static void
share(const struct sources *all, int advice)
{
	if (madvise(all->entries, (SOURCES_MAX + 1) * sizeof(*all->entries),
		advice) == -1 ||
	    madvise(all->chains, 2 * SOURCES_MAX * sizeof(*all->chains),
		advice) == -1 ||
	    madvise(all->heap, (SOURCES_MAX + 1) * sizeof(*all->heap),
		advice) == -1)
		err(1, "madvise");
}

int
main(int argc, char **argv)
{
	enum { EMPTY, FULL, SHARED, NCASES };
	int rounds = argc > 1 ? atoi(argv[1]) : 20, i, c;
	int64_t *took[NCASES], median[NCASES];
	static struct sources full;

	for (c = 0; c < NCASES; c++)
		if ((took[c] = calloc((size_t)rounds, sizeof(int64_t))) == NULL)
			err(1, NULL);
	for (i = 0; i < rounds; i++) {
		took[EMPTY][i] = measure();
		if (sources_create(&full) == -1)
			err(1, "sources");
		fill(&full);
		took[FULL][i] = measure();
		share(&full, MADV_DOFORK);
		took[SHARED][i] = measure();
		munmap(full.entries, (SOURCES_MAX + 1) * sizeof(*full.entries));
		munmap(full.chains, 2 * SOURCES_MAX * sizeof(*full.chains));
		munmap(full.heap, (SOURCES_MAX + 1) * sizeof(*full.heap));
	}
	for (c = 0; c < NCASES; c++) {
		qsort(took[c], (size_t)rounds, sizeof(int64_t), compare);
		median[c] = took[c][rounds / 2];
		free(took[c]);
	}
	printf(
	    "fork, exit, wait (us, median of %d turns): no table %.1f, full "
	    "%.1f (%.2f times), full without MADV_DONTFORK %.1f (%.2f times)\n",
	    rounds, (double)median[EMPTY] / 1000, (double)median[FULL] / 1000,
	    (double)median[FULL] / (double)median[EMPTY],
	    (double)median[SHARED] / 1000,
	    (double)median[SHARED] / (double)median[EMPTY]);
	return 0;
}
