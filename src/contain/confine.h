/*
 * confine.h -- what a process that needs no privileges gives up.
 *
 * Every process of haild that reads client bytes, and the logger, calls
 * confine(), and then one of the functions that restrict its system calls.  The
 * only exception is a process that reads a PROXY header and then becomes a
 * program, which would keep the filter.
 */

#ifndef CONFINE_H
#define CONFINE_H

#include "config/config.h"

/* For struct confinement's root, beside a descriptor. */
enum { CONFINE_SAME_ROOT = -1, CONFINE_NO_FILES = -2 };

struct confinement {
	const char *name;		 /* of the process, for the log */
	const struct identity *identity; /* to become; NULL: done already */
	/*
	 * An empty root directory (confine_open_root).  Where it cannot be
	 * entered, and with CONFINE_NO_FILES, Landlock denies all files.  Where
	 * neither is possible, a process that MUST be confined fails under
	 * root, and others go on.
	 */
	int root;
	bool must;
	bool connects; /* Landlock leaves the network open */
	bool limits;   /* no new processes, no files, no core dump */
	pid_t parent;  /* killed when this process ends; 0: not */
};

/*
 * Confine this process; it also becomes undumpable and unable to gain
 * privileges by execve(2).  Returns 0, or -1 after the reason was logged: then
 * no byte of a client may be read.
 */
int confine(const struct confinement *c);

/*
 * Be killed when PARENT ends: after setresuid(2), at which the kernel forgets
 * it.  Returns 0, or -1 with errno; ESRCH: PARENT has ended already.
 */
int confine_die_with(pid_t parent);

/*
 * An empty directory for chroot(2), which stays empty because it is removed
 * here.  Every user may enter it.  Returns a descriptor, or -1 with errno.
 */
int confine_open_root(void);

/*
 * Allow no system calls but those in filter.c; any other one kills the process.
 * PEER is the one descriptor that messages may go through.  Returns 0, or -1
 * with errno.
 */
int confine_calls(int peer);

/*
 * The same for a service without a program: CLIENT and CHANNEL are the
 * descriptors that messages may go through.
 */
int confine_serving(int client, int channel);

/*
 * The same for a forwarding session (session/forward.h): while it reads a
 * preamble and connects; and while it copies.
 */
int confine_connecting(int channel);
int confine_forwarding(int channel);

/* The same for the logger (haild/logger.h). */
int confine_logging(void);

/* The same for linger (haild/children/linger_process.h). */
int confine_lingering(int channel);

/*
 * Install the filter of a control process (haild/control/process.h), which
 * reads and writes only CLIENT and sends messages only through CHANNEL.
 */
int confine_controlling(int client, int channel);

/*
 * Install the filter of the signer (tls/server/signer.h), which makes
 * signatures with a library and receives a descriptor for each relay.
 */
int confine_signing(void);

/*
 * Install the filter of a relay (tls/relay.h), which can send messages only
 * through CHANNEL and SIGNER.
 */
int confine_relaying(int channel, int signer);

/*
 * Install the filter of haildctl when it answers an HTTP request
 * (ctl/export/serve.h).
 */
int confine_answering(void);

/*
 * Install FILTER of LEN instructions, which holds also for the program that
 * this process executes.  Returns 0, or -1 with errno (EACCES: needs
 * PR_SET_NO_NEW_PRIVS).
 */
int filter_install(const struct sock_filter *filter, uint16_t len);

/*
 * Install the filter of an init process (init.h), which can report only through
 * REPORT.
 */
int confine_reaping(int report);

/*
 * Deny the opening of files and, unless the process CONNECTS to other sockets,
 * TCP's bind and connect, and whatever else Landlock of this kernel can deny.
 * Returns 0, or -1 with errno (ENOSYS, EOPNOTSUPP: no Landlock).
 * PR_SET_NO_NEW_PRIVS must be set.
 */
int landlock_deny_all(bool connects);

/* Landlock's version in this kernel, from 1; -1 with errno: there is none. */
int landlock_version(void);

/*
 * Let no signal and no connection to an abstract Unix socket leave this process
 * and its children: two of them that call this are separated from each other,
 * too.  Since version LANDLOCK_SCOPES.  Returns 0, or -1 with errno.
 */
#define LANDLOCK_SCOPES 6
int landlock_scope(void);

#endif
