/*
 * fuzz_exchange.c -- messages that a speaker may send the monitor, in any order
 * (fuzz_message has what is no message).
 *
 * The input: messages, a byte with the type, two with the length, and the
 * payload.  The highest bit of the length: the payload is filled up to the
 * largest of its kind.
 */

#include "fuzz.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "commands/monitor.h"
#include "lib/log.h"
#include "session/channel.h"

static const char *const run[] = { "/bin/true", "%1", NULL };
static const char *const variables[] = { "LC_*", NULL };
static const struct service commands[] = {
	{ .name = "one",
	    .exec = run,
	    .args = { 0, 2 },
	    .max_sessions = 1,
	    .session_timeout = -1,
	    .accept_env = variables },
	{ .name = NULL },
};
static const struct service service = {
	.name = "s",
	.commands = commands,
	.session_timeout = -1,
};

/* In the place of program.c: nothing is run, but what would be is looked at. */

#define PROGRAM 0x7ffffff0 /* no process has such a number */

int
program_start(struct program *p, const struct program_start *start)
{
	const struct request *r = start->request;
	char **argv;

	MUST(p->pid == 0);
	MUST(start->command == NULL || start->command == &commands[0]);
	MUST(r->env[r->nenv] == NULL);
	if (start->command != NULL) {
		MUST(r->nargs <= 2);
		MUST((argv = request_argv(start->command, r)) != NULL);
		free(argv);
	}
	p->pid = PROGRAM;
	return 0;
}

bool
program_failed(struct program *p __attribute__((unused)),
    struct outcome *outcome, siginfo_t *info __attribute__((unused)))
{
	memset(outcome, 0, sizeof(*outcome));
	return false;
}

void
program_give_up(struct program *p)
{
	p->pid = 0;
}

void
program_sweep(const struct program *p, pid_t other __attribute__((unused)))
{
	MUST(p->pid == PROGRAM);
}

/* A pair of sockets; *FAR is the end of the other process. */
static int
pair(int *far)
{
	int fds[2];

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
	*far = fds[1];
	return fds[0];
}

/* Send the next message; returns how many bytes it took. */
static size_t
send_next(int fd, const uint8_t *data, size_t size)
{
	const struct message_kind *k = exchange_kinds;
	char payload[EXCHANGE_PART_MAX] = "";
	size_t n = (size_t)data[1] << 8 | data[2], len;
	bool full = n & 0x8000;

	n &= 0x7fff;
	if (n > size - 3)
		n = size - 3;
	memcpy(payload, data + 3, n);
	while (k->type != 0 && k->type != data[0])
		k++;
	len = full && k->max > n && k->type != EXCHANGE_PART ? k->max : n;
	message_send(fd, data[0], payload, len, MSG_DONTWAIT);
	return 3 + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct channel_grant yes = { .uid = NO_UID };
	int speaker, daemon, i;
	struct monitor m = { .service = &service,
		.client.cred.uid = 1,
		.deadline = -1,
		.client_fd = -1,
		.devnull = -1,
		.fds = { -1, -1, -1 } };

	log_init("fuzz", 0, LOG_DAEMON, LOG_DEBUG);
	m.channel = pair(&daemon);
	m.peer = pair(&speaker);
	MUST(message_send(daemon, CHANNEL_GRANT, &yes, sizeof(yes), 0) == 0);
	while (size >= 3 && !m.closed) {
		size_t n = send_next(speaker, data, size);

		data += n;
		size -= n;
		/* With a pid, as while the speaker lives; but none to kill. */
		m.speaker = -1;
		monitor_receive(&m);
		MUST(m.program.pid == 0 || m.request.args != NULL);
		MUST(m.have <= m.size && (m.record != NULL || m.size == 0));
	}
	for (i = 0; i < 10 && !m.closed; i++) {
		shutdown(speaker, SHUT_WR);
		monitor_receive(&m);
	}
	MUST(m.closed && m.ended);
	free(m.request.args);
	free(m.record);
	close(m.peer);
	close(speaker);
	close(m.channel);
	close(daemon);
	return 0;
}
