/*
 * process.h -- children: listing them, and ending them step by step.
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

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
