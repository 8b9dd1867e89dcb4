/*
 * job.h -- what a contained process is given, and what it does (contain.h).
 */

#ifndef JOB_H
#define JOB_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>

/*
 * What the daemon gives one session, or the program of one command.  The
 * descriptors are its own and close-on-exec.
 */
struct grant {
	int leaf;  /* directory of its cgroup; -1: none */
	bool join; /* clone3(2) cannot enter it: write to cgroup.procs */
	int tree;  /* the mount namespace of contained.tree; -1: none */
	/*
	 * With private-network: the empty network namespace that sessions
	 * share; -1: a new one (contain_shares_network).
	 */
	int network;
	uid_t uid; /* of the pool; NO_UID: the service's user */
};
#define NO_GRANT ((struct grant) { -1, false, -1, -1, NO_UID })

/* What a contained process does. */
struct contain_job {
	void (*run)(void *arg); /* executes the program; does not return */
	/*
	 * In an init process: RUN's process has ended as HOW says (waitid(2)).
	 * Reports that through KEEP and exits.
	 */
	void (*ended)(void *arg, const siginfo_t *how);
	/* Exits: a step before RUN failed, after the reason was logged. */
	void (*failed)(void *arg);
	void *arg;
	int keep;  /* the only descriptor of an init process; -1: none */
	int empty; /* its root directory (confine.h), or -1 */
	/* Where the configuration is mapped: an init unmaps it. */
	void *config;
	/*
	 * RUN reads what a client sent: an init, which still has privileges
	 * then, must not share memory with it.
	 */
	bool reads_client;
	bool trial; /* of haild-load: there are no cgroups */
	/*
	 * An init is killed when its parent, which has the other end of KEEP,
	 * ends.
	 */
	bool dies_with_parent;
};

#endif
