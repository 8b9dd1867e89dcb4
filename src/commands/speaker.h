/*
 * speaker.h -- the one process that parses what a client of commands sends.
 *
 * It turns frames (nailgun.h) into one request for the monitor (exchange.h),
 * and then carries bytes between the client and the program's pipes.  It knows
 * nothing of the configuration, and has nothing that would be worth taking: see
 * confine.h.
 */

#ifndef SPEAKER_H
#define SPEAKER_H

/* Its descriptors; all others are closed. */
struct speaker_fds {
	int client, talk;
	int in, out, err; /* the far ends of the program's pipes */
};

/*
 * Allocate what is needed, give up nearly all system calls, and serve.  Does
 * not return.  Its user and root directory are what they are to be already.
 */
void speaker_run(const struct speaker_fds *fds) __attribute__((noreturn));

#endif
