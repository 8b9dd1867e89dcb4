/*
 * program.h -- the program of a command, as the monitor starts and ends it.
 */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <signal.h>

#include "commands/request.h"
#include "config/client.h"
#include "contain/contain.h"

/* What it is started with. */
struct program_start {
	const struct service *service;
	const struct service *command; /* NULL: "help" */
	const struct client *client;
	const struct addr *local;
	const struct request *request;
	int stdio[3];
	struct grant grant; /* what contains it; program_start closes it */
	void *config;	    /* where the configuration is mapped */
};

struct program {
	pid_t pid;   /* leads a process session; its init's; 0: none */
	bool init;   /* it has one */
	int trouble; /* readable: a struct outcome, or end of file */
	int exited;  /* readable once it has (pidfd_open(2)), or -1 */
};

/*
 * Fork.  The child becomes the user of the command, matches what the client
 * sent against the patterns, and executes the program.  Returns 0, or -1 with
 * errno.
 */
int program_start(struct program *p, const struct program_start *start);

/*
 * After the process has exited: returns whether the program was never executed,
 * and then fills OUTCOME.  Else INFO, which waitid(2) has filled, becomes how
 * the program ended, if that was its init.  Closes p->trouble.
 */
bool program_failed(
    struct program *p, struct outcome *outcome, siginfo_t *info);

/* The program cannot be reaped: close its descriptors and forget it. */
void program_give_up(struct program *p);

/*
 * It has ended and is not reaped yet: kill the processes that it left, also
 * those that have left its process session: all orphans are children of ours
 * (PR_SET_CHILD_SUBREAPER), and we have no other child but OTHER.
 * Takes about a second at most.
 */
void program_sweep(const struct program *p, pid_t other);

#endif
