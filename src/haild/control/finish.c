/*
 * finish.c -- the last answers.
 *
 * When process 1 of a PID namespace ends, the kernel kills all others there. So
 * that "haildctl stop" in a container can succeed, haild waits a moment until
 * the programs that it has answered have ended.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <poll.h>
#include <unistd.h>

#include "haild/control/control.h"

#define PATIENCE (3 * SECOND)

/* A descriptor of the process that connected CLIENT; -1: none. */
static int
open_peer(int client)
{
	struct ucred peer = { .pid = 0 };
	socklen_t len = sizeof(peer);

	if (client == -1 ||
	    getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1 ||
	    peer.pid == 0) /* it is outside of the namespace */
		return -1;
	return (int)syscall(SYS_pidfd_open, peer.pid, 0);
}

static void
answer_all(struct control *c)
{
	enum control_command command;

	control_conclude(c, CONTROL_STOP, INT64_MAX, CONTROL_OK, "stopped");
	for (command = CONTROL_STATUS; command < NCONTROL_COMMANDS; command++)
		control_conclude(
		    c, command, INT64_MAX, CONTROL_FAILED, "haild has stopped");
}

void
control_finish(struct control *c)
{
	int64_t deadline = clock_now() + PATIENCE, left;
	struct pollfd peers[CONTROL_WAITERS];
	size_t i;

	for (i = 0; i < CONTROL_WAITERS; i++)
		peers[i] = (struct pollfd) { .fd = getpid() == 1
			    ? open_peer(c->waiters[i].client)
			    : -1,
			.events = POLLIN };
	answer_all(c);
	for (i = 0; i < CONTROL_WAITERS; i++) {
		left = (deadline - clock_now()) / (SECOND / 1000);
		if (peers[i].fd != -1)
			poll(&peers[i], 1, left > 0 ? (int)left : 0);
	}
}
