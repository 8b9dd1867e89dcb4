/*
 * upgrade.h -- another image of haild takes over, under the same pid.
 *
 * SIGUSR2: the program that is at our path now is started in a child, gets the
 * state to read, reads the configuration, and says by its status whether it
 * could take over.  Only then does the daemon execute it, with all that is
 * open.  HAILD_UPGRADE in the environment tells it so: "prove FD DIRECTORY" or
 * "take FD DIRECTORY".
 */

#ifndef UPGRADE_H
#define UPGRADE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#define UPGRADE_TIMEOUT (60 * SECOND) /* for the proof */

/* The status of a proof: not 0, which any program may give. */
#define UPGRADE_PROVED 100

struct server;

struct upgrade {
	const char *program; /* our own path at the start */
	char *const *argv;   /* our own arguments, as they were */
	const char *cwd;     /* the current directory, as it was */
	pid_t pid;	     /* of the proof; 0: none is going on */
	int64_t deadline;    /* for it */
	bool ended;	     /* it has, with: */
	int status;
	int fd;	      /* the state we were given, or -1 */
	bool proving; /* it is to be read, no more */
	bool refused; /* the last one was */
};

/*
 * At the start, before anything changes ARGV: remember it, and look for what
 * another image left us.  Returns 0, or -1 (logged).
 */
int upgrade_init(struct upgrade *u, int argc, char **argv);

/*
 * Fill SERVER from the state that we were given, if we were.  Returns 0, or -1
 * (logged).
 */
int upgrade_resume(struct server *s);

/* SIGUSR2: have the new program prove itself. */
void upgrade_request(struct server *s, int64_t now);

/* The proof has ended; STATUS is UPGRADE_PROVED if it is one. */
void upgrade_ended(struct server *s, int status);

/*
 * Execute the program if it is proved (this returns only if that fails), and
 * kill a proof that takes too long; and when that is, -1 for never.
 */
void upgrade_expire(struct server *s, int64_t now);
int64_t upgrade_next(const struct server *s);

#endif
