/*
 * process.h -- children: listing them, and ending them step by step.
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/io.h"

/* How long it may take to reap a child after SIGKILL or its exit. */
#define REAP_GRACE (5 * SECOND)

/* Where process_end_step begins: a client that vanished is a hangup. */
enum { END_AT_HUP, END_AT_TERM };
#define END_STEPS 3 /* SIGHUP, SIGTERM, SIGKILL */

/*
 * Send the next signal to the process group of LEADER, or to LEADER alone while
 * it has no group of its own, and continue it if it is stopped.  *STEP counts
 * up from END_AT_HUP or END_AT_TERM.  Returns whether another step is left, to
 * be taken after a grace time.
 */
bool process_end_step(pid_t leader, uint8_t *step);

/*
 * Whether PID, a child, has exited, reaped or not.  waitid(2) does not report
 * that if another process traces PID (ptrace(2)) and has not reaped it.
 */
bool process_has_exited(pid_t pid);

/*
 * Wait until PID, a child, exits, and reap it; at DEADLINE give up.  Fills INFO
 * as waitid(2) does.  Returns whether it was reaped.
 */
bool process_wait(pid_t pid, int64_t deadline, siginfo_t *info);

/*
 * Whether this process is less likely than others to be killed when memory is
 * short: its oom_score_adj, proc(5), is below 0.
 */
bool process_is_oom_protected(void);

/* Set oom_score_adj, to 0 or SCORE.  Returns 0, or -1 with errno. */
int process_oom_unprotect(void);
int process_oom_adjust(int score);

/*
 * "state Z, traced by pid 17", as proc(5) says of PID, into TEXT; empty if that
 * cannot be read.
 */
void process_describe(pid_t pid, char *text, size_t size);

/*
 * Call FN for each child of the calling thread that is not reaped yet, adopted
 * ones included (proc(5), /proc/thread-self/children).  Returns how many calls
 * returned true, or -1 with errno when the list cannot be read.
 */
int process_each_child(bool (*fn)(void *arg, pid_t pid), void *arg);

/*
 * How a child ended, as waitid(2) says: "was killed by signal 9 (Killed)" or
 * "exited with status 3".  Returns BUF.
 */
#define PROCESS_END_MAX 80
const char *process_print_end(const siginfo_t *info, char *buf, size_t size);

#endif
