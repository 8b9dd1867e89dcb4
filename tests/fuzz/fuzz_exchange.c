/*
 * fuzz_exchange.c -- what a speaker may send the monitor, in any order.
 *
 * The input: packets, each with two bytes before it: its length; the highest
 * bit says that it is filled up to a struct said.
 */

#include "fuzz.h"

/* For hear(), which is all that reads what a speaker says. */
#include "commands/monitor.c"

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
program_failed(
    struct program *p __attribute__((unused)), struct program_trouble *t)
{
	memset(t, 0, sizeof(*t));
	return false;
}

void
program_signal(const struct program *p, int sig __attribute__((unused)))
{
	MUST(p->pid == PROGRAM);
}

void
program_sweep(const struct program *p, pid_t spared __attribute__((unused)))
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

/* Send the next packet; returns how many bytes it took. */
static size_t
send_next(int fd, const uint8_t *data, size_t size)
{
	char packet[EXCHANGE_PACKET_MAX];
	size_t n = (size_t)data[0] << 8 | data[1], len;
	bool full = n & 0x8000;

	n &= 0x7fff;
	if (n > size - 2)
		n = size - 2;
	memset(packet, 0, sizeof(struct said));
	memcpy(packet, data + 2, n);
	len = full && n < sizeof(struct said) ? sizeof(struct said) : n;
	send(fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return 2 + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Nobody answers at the channel: no command has a place, only "help".
	 */
	int speaker, daemon, channel = pair(&daemon), i;
	const struct client client = { .cred.uid = 1 };
	const struct session session = { .service = &service,
		.client = &client,
		.devnull = -1,
		.fd = -1,
		.channel = channel };
	struct monitor m = { .session = &session,
		.client = client,
		.deadline = -1,
		.fds = { -1, -1, -1 } };
	const struct {
		uint32_t type, value;
		char rest[REPORT_MAX];
	} yes = { .type = 2 /* ANSWER */, .value = ANNOUNCED_YES };

	log_init("fuzz", 0, LOG_DAEMON, LOG_DEBUG);
	m.talk = pair(&speaker);
	MUST(send(daemon, &yes, sizeof(yes), 0) == sizeof(yes));
	while (size >= 2 && !m.shut) {
		size_t n = send_next(speaker, data, size);

		data += n;
		size -= n;
		/* With a pid, as while the speaker lives; but none to kill. */
		m.speaker = -1;
		hear(&m);
		MUST(m.program.pid == 0 || m.request.args != NULL);
		MUST(m.have <= m.size && (m.record != NULL || m.size == 0));
	}
	for (i = 0; i < 10 && !m.shut; i++) {
		shutdown(speaker, SHUT_WR);
		hear(&m);
	}
	MUST(m.shut && m.ended);
	free(m.request.args);
	free(m.record);
	close(m.talk);
	close(speaker);
	close(channel);
	close(daemon);
	return 0;
}
