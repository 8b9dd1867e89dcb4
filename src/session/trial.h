/*
 * trial.h -- whether sessions of a service could start.
 *
 * haild-load, which has the daemon's privileges and limits, tries this before
 * the service is served.
 */

#ifndef TRIAL_H
#define TRIAL_H

#include "config/config.h"
#include "contain/contain.h"
#include "lib/io.h"

#define TRIAL_WHY_MAX 512

/*
 * How long trials of one load are begun.  A program could stop those of its
 * user: that must not use up the time of the load, which would fail then.
 */
#define TRIAL_TIME (4 * SECOND)

/*
 * Do in a child what a session of SERVICE does before its program is executed
 * or a client's byte is read.  GRANT is what contains it.  EMPTY is an empty
 * root directory (contain/confine.h), or -1.  Returns 0, or -1 with the first
 * thing that failed in WHY, as the session would log it.  Where no child can be
 * made, or after UNTIL, nothing is known, and the result is 0.
 *
 * A program that runs as the trial's user can kill it, stop it or lower its
 * limits.  It must not be able to put its service out of service by that, so
 * the result is TRIAL_DISTURBED then, with a WHY: nothing is known either. Each
 * session does the same steps, and none executes its program if one fails.
 */
#define TRIAL_DISTURBED 1
int trial_session(const struct service *service, const struct grant *grant,
    int empty, int64_t until, char why[TRIAL_WHY_MAX]);

/* The same for the process that reads the commands, which becomes ID. */
int trial_speaker(const struct service *service, const struct identity *id,
    int empty, int64_t until, char why[TRIAL_WHY_MAX]);

/* The same for NAME, a process of haild's own, which becomes ID. */
int trial_own(const char *name, const struct identity *id, int64_t until,
    char why[TRIAL_WHY_MAX]);

#endif
