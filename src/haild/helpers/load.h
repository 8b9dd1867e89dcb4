/*
 * load.h -- the daemon's side of haild-load.
 */

#ifndef LOAD_H
#define LOAD_H

#include <signal.h>
#include <sys/types.h>

#include "config/arena.h"
#include "config/config.h"
#include "haild/containment/trees.h"
#include "haild/helpers/helpers.h"
#include "lib/io.h"

#define LOAD_TIMEOUT (30 * SECOND)
#define LOAD_TOO_LONG "haild-load took longer than %d s: killed"

struct load {
	pid_t pid;
	struct arena arena;
	int channel; /* haild-load sends namespaces; -1: none */
	struct trees trees;
	bool killed; /* it took too long */
	int errors;  /* a file with its errors, for LOAD_RELOAD; 0: none */
	/*
	 * A file in which haild-load notes the targets that it could not
	 * resolve, to log each once; 0: none yet.
	 */
	int stale;
};

/*
 * Execute haild-load to read SOURCE.  PRESENT is the arena in use, which
 * LOAD_RELOAD, LOAD_RETRY and LOAD_RESOLVE need; the new one gets the other
 * slot.  haild-load logs errors by itself; the caller closes the file
 * with a copy of them.  Returns 0, or -1 (logged).
 */
int load_start(struct load *load, const struct helpers *h, enum load_kind kind,
    const struct config_source *source, const struct arena *present);

/*
 * haild-load has ended as INFO says (waitid(2)).  Returns the configuration and
 * leaves the arena and the trees to the caller; or NULL, logged, and nothing is
 * left.
 */
const struct config *load_finish(struct load *load, const siginfo_t *info);

/* Whether haild-load ended because no target has changed (LOAD_RESOLVE). */
bool load_is_unchanged(const siginfo_t *info);

/* LOAD, or what load_finish has left of it, is not used. */
void load_discard(struct load *load);

/* Why load_finish returned NULL, in words. */
const char *load_trouble(const siginfo_t *info);

/*
 * The two functions below wait for haild-load, and kill it after LOAD_TIMEOUT.
 * load_now is for the start, and returns as load_finish does; if that is NULL,
 * *STATUS is the status to exit with.  load_test is for LOAD_TEST, LOAD_DUMP
 * and LOAD_EXPLAIN, and returns the status to exit with; the caller gets
 * *ARENA, not sealed yet, unless it is NULL.
 *
 * That status is 0, EX_CONFIG for errors in the text of the configuration,
 * EX_TEMPFAIL for another build, or 1 for anything else, after which another
 * attempt may succeed.
 */
const struct config *load_now(const struct helpers *h,
    const struct config_source *source, struct arena *arena,
    struct trees *trees, int *status);
int load_test(const struct helpers *h, enum load_kind kind,
    const struct config_source *source, struct arena *arena);

#endif
