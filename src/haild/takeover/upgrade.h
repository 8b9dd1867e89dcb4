/*
 * upgrade.h -- replace the running program by another one, under the same pid.
 *
 * The program that is now at the daemon's path is started in a child.  It reads
 * the state and the configuration, and its exit status says whether it can take
 * over: the proof.  If so, the daemon executes it, with its descriptors open.
 * HAILD_UPGRADE in its environment is "prove FD DIRECTORY" or "take ...".
 */

#ifndef UPGRADE_H
#define UPGRADE_H

#include <sys/types.h>

#include <signal.h>

#include <stdbool.h>
#include <stdint.h>

#include "haild/takeover/state.h"

#define UPGRADE_TIMEOUT (60 * SECOND) /* for the proof */

/* The status of a successful proof: not 0, which any program may return. */
#define UPGRADE_PROVED 100

struct upgrade {
	const char *program; /* the daemon's path at its start */
	char *const *argv;   /* its arguments, unchanged */
	const char *cwd;     /* the directory that it was started in */
	pid_t pid;	     /* of the proof; 0: none is running */
	int64_t deadline;    /* of the proof */
	bool killed;	     /* it took too long */
	bool proved;	     /* it succeeded; execute follows */
	bool failed;	     /* the last upgrade did */
	bool over;	     /* it has failed, which is not reported yet */
	int output;	     /* standard error of the proof; 0: none */
	int errors;   /* a file with the errors that were logged; 0: none */
	int fd;	      /* the state that was handed over, or -1 */
	bool proving; /* this process is a proof */
};

/* Remember ARGV, which will change; find a state.  0, or -1 (logged). */
int upgrade_init(struct upgrade *u, int argc, char **argv);

/* Fill T from the state handed over, if any.  Returns 0, or -1 (logged). */
int upgrade_resume(struct upgrade *u, struct takeover *t);

/* Start a proof with the state T, unless one runs.  Errors are logged. */
void upgrade_request(struct upgrade *u, const struct takeover *t, int64_t now);

/*
 * The proof has ended, as INFO (waitid(2)) says.  What a failed one has written
 * to its standard error is logged.
 */
void upgrade_ended(struct upgrade *u, const siginfo_t *info);

/* Kill a proof that takes too long, then give it up.  Returns when that is due;
 * -1: never. */
int64_t upgrade_expire(struct upgrade *u, int64_t now);

/* Print the reason of the failure, for the log and for answers.  Returns BUF.
 */
#define UPGRADE_FAILURE_MAX 512
const char *upgrade_print_failure(
    const struct upgrade *u, char buf[UPGRADE_FAILURE_MAX]);

/* Execute the proved program with T.  Returns if that failed (logged). */
void upgrade_execute(struct upgrade *u, const struct takeover *t);

#endif
