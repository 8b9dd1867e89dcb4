/*
 * forks.c -- measure what the table of sources costs a fork: with the table
 * empty, full, and full without MADV_DONTFORK.  They take turns, so that other
 * load affects all three; the best turn of each counts.
 *
 *	forks [turns]
 *
 * or what a fork costs a program that has nothing but SIZE bytes of memory:
 *print the wall time and the processor time of each of N forks, in us, with
 *PAUSE ms after each.
 *
 *	forks bare SIZE N PAUSE
 */

#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/io.h"
#include "haild/admission/sources.h"

#define FORKS 50 /* in a turn */

/* The three parts of the table. */
static void
advise(const struct sources *all, int advice)
{
	if (madvise(all->entries, (SOURCES_MAX + 1) * sizeof(*all->entries),
		advice) == -1 ||
	    madvise(all->chains, (size_t)2 * SOURCES_MAX * sizeof(*all->chains),
		advice) == -1 ||
	    madvise(all->heap, (SOURCES_MAX + 1) * sizeof(*all->heap),
		advice) == -1)
		err(1, "madvise");
}

/* Use and write every entry. */
static void
fill(struct sources *all)
{
	struct source source;
	uint32_t i;

	source_parse(&source, "192.0.2.1");
	for (i = 0; i < SOURCES_MAX; i++) {
		source.service = i + 1;
		if (sources_enter(all, &source, 0, 1) == 0)
			errx(1, "the table is full at %u", i);
	}
}

static void
empty(struct sources *all)
{
	advise(all, MADV_DONTNEED);
	all->idle = all->count = all->used = all->free = 0;
}

/* Time FORKS times fork, exit and wait; BEST is the best mean, in us. */
static void
measure(double *best)
{
	int64_t start = clock_now();
	double took;
	int i;

	for (i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid == -1 || waitpid(pid, NULL, 0) == -1)
			err(1, "fork");
	}
	took = (double)(clock_now() - start) / FORKS / 1000;
	if (*best == 0 || took < *best)
		*best = took;
}

static int64_t
cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static int
bare(size_t size, int n, int pause)
{
	const struct timespec wait = { .tv_nsec = pause * 1000000L };
	char *p = malloc(size);
	int64_t start, cpu;
	pid_t pid;

	if (p == NULL)
		err(1, "malloc");
	for (; n > 0; n--) {
		memset(p, n, size); /* all pages are its own again */
		start = clock_now();
		cpu = cpu_time();
		if ((pid = fork()) == 0)
			_exit(0);
		cpu = cpu_time() - cpu;
		start = clock_now() - start;
		if (pid == -1 || waitpid(pid, NULL, 0) == -1)
			err(1, "fork");
		printf("%lld %lld\n", (long long)start / 1000,
		    (long long)cpu / 1000);
		nanosleep(&wait, NULL);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	int turns = argc > 1 ? atoi(argv[1]) : 100, i;
	double none = 0, full = 0, shared = 0;
	struct sources table;

	if (argc == 5 && strcmp(argv[1], "bare") == 0)
		return bare(
		    (size_t)atoll(argv[2]), atoi(argv[3]), atoi(argv[4]));
	if (sources_create(&table) == -1)
		err(1, "sources");
	for (i = 0; i < turns; i++) {
		measure(&none);
		fill(&table);
		measure(&full);
		advise(&table, MADV_DOFORK);
		measure(&shared);
		advise(&table, MADV_DONTFORK);
		empty(&table);
	}
	printf(
	    "fork, exit, wait in us: table empty %.0f, full %.0f (%.2f "
	    "times), full without MADV_DONTFORK %.0f (%.2f times)\n",
	    none, full, full / none, shared, shared / none);
	return 0;
}
