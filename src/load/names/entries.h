/*
 * entries.h -- what names.c, which looks up names in threads, and answers.c,
 * which returns the answers, share.
 */

#ifndef ENTRIES_H
#define ENTRIES_H

#include <sys/queue.h>

#include <pthread.h>

#include "load/lookup.h"
#include "load/names.h"

/* What a thread finds, on the heap. */
struct result {
	int found;
	const char *why;
	struct user user;
	gid_t *groups;
	size_t ngroups;
	struct addr *addrs;
	size_t naddrs;
	unsigned int number;
};

/* The lock is for STATE, and for RESULT until that is DONE. */
struct entry {
	TAILQ_ENTRY(entry) next;
	enum name_kind kind;
	char *text;
	int64_t deadline;
	enum { QUEUED, RUNNING, DONE } state;
	bool reused; /* not looked up: the previous answer is used */
	struct result result;
	struct answer *answer; /* NULL: not asked for yet */
};

/* What the loader and the threads share. */
struct names {
	pthread_mutex_t lock;
	pthread_cond_t queued, done;
	TAILQ_HEAD(, entry) entries;
	size_t nopen, nqueued; /* entries that are not DONE; and QUEUED */
	size_t nidle, nthreads;
	pthread_t threads[NAMES_AT_ONCE];
	bool ended;	/* the threads exit */
	bool abandoned; /* and the last one frees it */
	int64_t start, wait;
	/*
	 * The configuration whose texts are read again, or NULL, and which of
	 * its answers are used without a new lookup.
	 */
	const struct config *again;
	bool reuse_targets, reuse_others;
};

/* The entry for TEXT, which is looked up from now on. */
struct entry *names_entry(
    struct names *names, enum name_kind kind, const char *text);

/* How long the lookup of E may take. */
int64_t names_time_for(const struct names *names, const struct entry *e);

/* Wait for E, for that time at most.  Returns whether it is done. */
bool names_wait_for(struct names *names, const struct entry *e);

/* What the configuration OLD (or NULL) knows of a name, or NULL. */
const struct known_name *names_find(
    const struct config *old, enum name_kind kind, const char *text);

/* Let the threads end; the last one of them frees NAMES. */
void names_finish(struct names *names);

#endif
