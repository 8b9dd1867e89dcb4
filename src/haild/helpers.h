/*
 * helpers.h -- the programs that haild executes for itself: haild-commands for
 * sessions, haild-tls for services with TLS, and haild-load, which builds the
 * configuration.
 *
 * They are opened once, at the start and after an upgrade, and executed by
 * descriptor (fds_execute): replacing the files of a package changes nothing
 * for a daemon that runs.  A parser that leaks, crashes or hangs, and the
 * modules of NSS, do so in haild-load, not in the daemon.
 */

#ifndef HELPERS_H
#define HELPERS_H

#include <signal.h>
#include <sys/types.h>

#include "config/arena.h"
#include "config/config.h"
#include "haild/containment/trees.h"
#include "lib/io.h"

struct helpers {
	int load;     /* haild-load */
	int tls;      /* haild-tls, which haild-load executes, too */
	int commands; /* haild-commands; -1: not opened */
};

/*
 * Open the helpers (haild-commands only with COMMANDS), beside the program
 * that runs if they are there (a build tree), else where they are installed;
 * and run each to see that it is of the same build.  Returns 0, or the status
 * to exit with, logged: 1, or EX_TEMPFAIL for a helper of another build, since
 * an upgrade of the package may be on its way.
 */
int helpers_open(struct helpers *h, bool commands);

/* --- haild-load --- */

#define LOAD_TIMEOUT (30 * SECOND)
#define LOAD_TOO_LONG "haild-load took longer than %d s: killed"

struct load {
	pid_t pid;
	struct arena arena;
	int channel; /* haild-load sends namespaces; -1: none */
	struct trees trees;
	bool killed; /* it took too long */
	int errors;  /* a file with its errors, for LOAD_RELOAD; 0: none */
};

/*
 * Execute haild-load to read SOURCE.  PRESENT is the
 * arena in use, which LOAD_RELOAD and LOAD_RETRY need; the new one gets the
 * other slot.  haild-load logs errors by itself; the caller closes the file
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

/* LOAD, or what load_finish has left of it, is not used. */
void load_discard(struct load *load);

/* Why load_finish returned NULL, in words. */
const char *load_trouble(const siginfo_t *info);

/*
 * What haild exits with if haild-load has ended as INFO says: 0, EX_CONFIG for
 * errors in the text of the configuration, EX_TEMPFAIL for another build, 1 for
 * anything else, after which another attempt may succeed.
 */
int load_status(const siginfo_t *info);

/*
 * The two functions below wait for haild-load, and kill it after LOAD_TIMEOUT.
 * load_now is for the start, and returns as load_finish does; if that is NULL,
 * *STATUS is the status to exit with.  load_test is for LOAD_TEST,
 * LOAD_DUMP and LOAD_EXPLAIN, and returns as load_status does; the caller gets
 * *ARENA, not sealed yet, unless it is NULL.
 */
const struct config *load_now(const struct helpers *h,
    const struct config_source *source, struct arena *arena,
    struct trees *trees, int *status);
int load_test(const struct helpers *h, enum load_kind kind,
    const struct config_source *source, struct arena *arena);

#endif
