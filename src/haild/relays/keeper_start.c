#include "haild/relays/keeper_start.h"

#include <sys/socket.h>

#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/arena.h"
#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/signals.h"
#include "session/relay_channel.h"

/* Room for the clients of a whole listen queue; the default is 270 messages. */
#define BUFFER (1 << 20)

static void __attribute__((noreturn)) execute(const struct keeper_setup *setup,
    const char *role, pid_t daemon, const int *fds, size_t n)
{
	/* Room for the process title. */
	char *argv[] = { (char[]) { "haild" }, (char *)(uintptr_t)role,
		(char[]) { "                " }, NULL };
	static char *none[] = { NULL };

	/* A process session of its own: Ctrl-C must reach only the daemon. */
	setsid();
	signals_in_child();
	/* The setting survives execve(2). */
	if (confine_die_with(daemon) == -1)
		_exit(EX_OSERR);
	/* The protection is for the daemon, not for processes of clients. */
	if (strcmp(role, "keeper") == 0 && setup->oom_protected)
		process_oom_unprotect();
	environ = none; /* haild's may hold secrets */
	if (fds_set_stdio(setup->devnull, setup->devnull, setup->devnull) == 0)
		fds_execute(setup->program, argv, fds, n);
	_exit(EX_OSERR); /* the daemon logs the exit */
}

/*
 * Fork the process of ROLE with the descriptors FDS.  Returns its pid, or -1.
 */
static pid_t
start_process(const struct keeper_setup *setup, const char *role,
    const int *fds, size_t n)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		execute(setup, role, self, fds, n);
	return pid;
}

/* Send KEEPER_START into the pair at FD. */
static int
send_start(const struct keeper_setup *setup, int fd, int *log, int log_at)
{
	struct keeper_start start = { .slot = setup->arena->slot,
		.has_root = setup->empty != -1,
		.daemon = getpid() };

	log_place(&start.log, log, log_at, setup->devnull);
	/*
	 * A daemon that starts in the background logs to both until it serves.
	 * Whoever started it may wait for the end of its standard error, which
	 * the keeper and the signer must not keep open.
	 */
	if (start.log.to & LOG_TO_SYSLOG) {
		start.log.to &= ~LOG_TO_STDERR;
		start.log.fds[1] = -1;
		log[1] = setup->devnull;
	}
	return message_send(
	    fd, KEEPER_START, &start, sizeof(start), MSG_DONTWAIT);
}

/*
 * Start the signer with the pair SIGNER, and the keeper with the pair KEEPER.
 */
static int
start_both(struct keeper *p, const struct keeper_setup *setup,
    const int keeper[2], const int signer[2])
{
	int root = setup->empty != -1 ? setup->empty : setup->devnull;
	int for_signer[SIGNER_END - SIGNER_KEEPER] = { signer[1],
		setup->arena->fd, root };
	int for_keeper[KEEPER_END - KEEPER_DAEMON] = { keeper[1],
		setup->arena->fd, signer[0], root };

	if (send_start(setup, signer[0],
		&for_signer[SIGNER_LOG - SIGNER_KEEPER], SIGNER_LOG) == -1 ||
	    send_start(setup, keeper[0],
		&for_keeper[KEEPER_LOG - KEEPER_DAEMON], KEEPER_LOG) == -1)
		return -1;
	p->signer = start_process(
	    setup, "signer", for_signer, SIGNER_END - SIGNER_KEEPER);
	if (p->signer == -1)
		return -1;
	/* Without a keeper the signer ends when its pair is closed. */
	p->pid = start_process(
	    setup, "keeper", for_keeper, KEEPER_END - KEEPER_DAEMON);
	return p->pid == -1 ? -1 : 0;
}

int
keeper_start(struct keeper *p, const struct keeper_setup *setup, int64_t now)
{
	int keeper[2] = { -1, -1 }, signer[2] = { -1, -1 }, size = BUFFER;
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC;
	int result = -1;

	if (socketpair(AF_UNIX, type, 0, keeper) == 0 &&
	    socketpair(AF_UNIX, type, 0, signer) == 0) {
		if (setsockopt(keeper[0], SOL_SOCKET, SO_SNDBUFFORCE, &size,
			sizeof(size)) == -1)
			setsockopt(keeper[0], SOL_SOCKET, SO_SNDBUF, &size,
			    sizeof(size));
		result = start_both(p, setup, keeper, signer);
	}
	if (result == -1)
		log_err("cannot start the keeper of haild-tls");
	if (signer[0] != -1) {
		close(signer[0]);
		close(signer[1]);
	}
	if (keeper[0] != -1)
		close(keeper[1]);
	if (result == -1 && keeper[0] != -1)
		close(keeper[0]);
	p->fd = result == -1 ? -1 : keeper[0];
	p->ready = false;
	p->due = now + KEEPER_START_TIME;
	return result;
}

void
keeper_end(struct keeper *p)
{
	if (p->fd == -1)
		return;
	kill(p->pid, SIGKILL);
	close(p->fd);
	*p = (struct keeper) { .fd = -1 };
}
