/*
 * fakerelays.c -- a haild-tls without TLS, which does what a test requests.
 *
 * The name of the client's service selects what the keeper does:
 *
 *	silent		does not answer for clients
 *	dying		exits at the first client
 *	unable		reports that no relay could be started
 *	foreign		reports process 1 as the relay
 *	unready		does not become ready (if the first service has it)
 *
 * For other services it starts relays.  The first line of the client, in the
 * clear, selects what the relay does:
 *
 *	ok [NAME...]	reports a client with these names, then copies
 *	cut [NAME...]	the same, and reports a truncation at the end
 *	fault N		reports enum tls_fault N
 *	kill N		kills itself by signal N
 *	exit		exits at once
 *	hang		does nothing more
 *	deaf [NAME...]	as ok, but does not end when its channel is closed
 *	twice		reports a client twice
 *	again		reports the end of its client twice
 *	type N		sends a message of type N without content
 *	names N		reports N names without their texts
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/sched.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "lib/io.h"
#include "session/preamble.h"
#include "session/relay_channel.h"

enum { CHANNEL = 3 };

/* --- a relay --- */

struct fake {
	int client, stream;
	bool cut, deaf;
};

static void
say(enum relay_type type, const void *payload, size_t length)
{
	message_send(CHANNEL, type, payload, length, 0);
}

static void
say_number(enum relay_type type, uint32_t n)
{
	say(type, &n, sizeof(n));
}

/* Returns the stream; exits if the client was refused. */
static int
wait_for_session(struct fake *f)
{
	struct message m;
	uint32_t answer;

	if (message_receive(CHANNEL, relay_kinds,
		MESSAGE_BIT(RELAY_ANSWER) | MESSAGE_BIT(RELAY_SESSION), &m,
		&answer, sizeof(answer), 0) != MESSAGE_OK)
		_exit(EX_PROTOCOL);
	if (m.type == RELAY_SESSION)
		return m.fds[0];
	dprintf(f->client, answer == CHANNEL_BUSY ? "busy\n" : "refused\n");
	_exit(EX_NOPERM);
}

/* Copy once.  Returns false at the end. */
static bool
copy(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	return n > 0 && send(to, buf, (size_t)n, MSG_NOSIGNAL) == n;
}

static void
client_ended(struct fake *f, bool reset)
{
	if (f->cut || reset)
		say_number(RELAY_GONE, reset ? RELAY_RESET : RELAY_TRUNCATED);
	shutdown(f->stream, SHUT_WR);
}

static void
pump(struct fake *f)
{
	struct pollfd p[] = { { f->client, POLLIN, 0 },
		{ f->stream, POLLIN, 0 }, { CHANNEL, POLLIN, 0 } };

	while (p[0].fd != -1 || p[1].fd != -1) {
		io_poll(p, 3, -1);
		if (p[0].revents != 0 && !copy(f->client, f->stream)) {
			client_ended(f, p[0].revents & POLLERR);
			p[0].fd = -1;
		}
		if (p[1].revents != 0 && !copy(f->stream, f->client)) {
			shutdown(f->client, SHUT_WR);
			p[1].fd = -1;
			if (p[1].revents & POLLHUP)
				p[0].fd = -1;
		}
		/* The rest of the stream precedes that. */
		if (p[2].revents != 0 && p[1].revents == 0) {
			if (!f->deaf)
				return;
			pause();
		}
	}
}

static void
prove(struct fake *f, char *names)
{
	struct tls_session s = { 0 };
	const char *name;

	s.local.len = sizeof(s.local) - offsetof(struct addr, sa);
	getsockname(f->client, &s.local.sa, &s.local.len);
	strlcpy(s.texts[TLS_PROTOCOL_NAME], "none", TLS_TEXT_MAX);
	while ((name = strsep(&names, " ")) != NULL)
		if (*name != '\0' && s.nnames < IDENTITY_NAMES_MAX)
			strlcpy(s.names[s.nnames++], name, IDENTITY_SIZE);
	say(RELAY_PROVED, &s, sizeof(s));
	f->stream = wait_for_session(f);
}

static void
lie_about_names(uint32_t n)
{
	struct tls_session s = { .nnames = n };

	memset(s.names, 'x', sizeof(s.names));
	say(RELAY_PROVED, &s, sizeof(s));
}

static void __attribute__((noreturn)) obey(struct fake *f, char *line)
{
	char *rest = line, *word = strsep(&rest, " ");
	uint32_t n = rest == NULL ? 0 : (uint32_t)atoi(rest);

	f->cut = strcmp(word, "cut") == 0;
	f->deaf = strcmp(word, "deaf") == 0;
	if (strcmp(word, "ok") == 0 || f->cut || f->deaf) {
		prove(f, rest);
		pump(f);
	} else if (strcmp(word, "fault") == 0) {
		say_number(RELAY_FAULT, n);
		dprintf(f->client, "alert\n");
	} else if (strcmp(word, "kill") == 0)
		kill(getpid(), (int)n);
	else if (strcmp(word, "hang") == 0)
		pause();
	else if (strcmp(word, "twice") == 0) {
		prove(f, rest);
		lie_about_names(0);
		pause();
	} else if (strcmp(word, "again") == 0) {
		prove(f, rest);
		say_number(RELAY_GONE, RELAY_TRUNCATED);
		say_number(RELAY_GONE, RELAY_TRUNCATED);
		pause();
	} else if (strcmp(word, "type") == 0) {
		say(n, NULL, 0);
		pause();
	} else if (strcmp(word, "names") == 0) {
		lie_about_names(n);
		pause();
	}
	_exit(EXIT_SUCCESS);
}

static void
read_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	if (line[n] != '\n') {
		say_number(RELAY_FAULT, n == 0 ? TLS_UNUSED : TLS_CLOSED);
		_exit(EXIT_SUCCESS);
	}
	line[n] = '\0';
}

static void
read_header(struct fake *f, const struct keeper_client *c)
{
	struct channel_client announced = { 0 };
	enum proxy_fault fault;
	struct proxy header;
	struct message m;
	uint32_t answer;

	fault = preamble_read(f->client, &header, c->deadline);
	if (fault != PROXY_FINE) {
		say_number(RELAY_PROXY_FAULT, fault);
		_exit(EX_PROTOCOL);
	}
	announced.known = header.kind != PROXY_LOCAL;
	announced.addr =
	    header.kind == PROXY_TCP ? header.client : c->client.addr;
	say(RELAY_ANNOUNCE, &announced, sizeof(announced));
	if (message_receive(CHANNEL, relay_kinds, MESSAGE_BIT(RELAY_ANSWER), &m,
		&answer, sizeof(answer), 0) != MESSAGE_OK ||
	    answer != CHANNEL_ADMITTED)
		_exit(EX_NOPERM);
}

static void __attribute__((noreturn))
relay(const struct keeper_client *c, int client, int channel)
{
	struct fake f = { .client = client };
	struct message m;
	char line[512];

	/* The keeper's descriptors must not stay open. */
	dup2(client, KEEPER_END);
	dup2(channel, CHANNEL);
	f.client = KEEPER_END;
	close_range(CHANNEL + 1, KEEPER_END - 1, 0);
	close_range(KEEPER_END + 1, ~0U, 0);
	setproctitle("relay");
	if (message_receive(CHANNEL, relay_kinds, MESSAGE_BIT(RELAY_GO), &m,
		NULL, 0, 0) != MESSAGE_OK)
		_exit(EXIT_SUCCESS);
	if (c->client.proxied)
		read_header(&f, c);
	read_line(f.client, line, sizeof(line));
	obey(&f, line);
}

/* --- the keeper --- */

static pid_t
start_relay(const struct keeper_client *c, const int *fds)
{
	pid_t pid =
	    (pid_t)syscall(__NR_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		relay(c, fds[0], fds[1]);
	return pid;
}

static void
serve_client(const char *service, const struct keeper_client *c, const int *fds)
{
	struct keeper_relay r = { c->slot, c->serial, 0, EAGAIN };

	if (strcmp(service, "silent") == 0)
		return;
	if (strcmp(service, "dying") == 0)
		_exit(EX_SOFTWARE);
	if (strcmp(service, "foreign") == 0)
		r.pid = 1;
	else if (strcmp(service, "unable") != 0)
		r.pid = start_relay(c, fds);
	message_send(KEEPER_DAEMON, KEEPER_RELAY, &r, sizeof(r), 0);
}

static void __attribute__((noreturn)) keeper(void)
{
	struct keeper_start start;
	struct keeper_client c;
	const struct config *config;
	struct arena arena = { .fd = KEEPER_CONFIG };
	struct message m;

	setproctitle("keeper");
	if (message_receive(KEEPER_DAEMON, keeper_kinds,
		MESSAGE_BIT(KEEPER_START), &m, &start, sizeof(start),
		0) != MESSAGE_OK)
		_exit(EX_PROTOCOL);
	arena.slot = start.slot;
	if (arena_map(&arena) == NULL ||
	    (config = config_check(&arena)) == NULL)
		_exit(EX_SOFTWARE);
	if (strcmp(config->services[0].name, "unready") == 0)
		_exit(EX_CONFIG);
	message_send(KEEPER_DAEMON, KEEPER_READY, NULL, 0, 0);
	while (message_receive(KEEPER_DAEMON, keeper_kinds,
		   MESSAGE_BIT(KEEPER_CLIENT), &m, &c, sizeof(c),
		   0) == MESSAGE_OK) {
		serve_client(config->services[c.service].name, &c, m.fds);
		close(m.fds[0]);
		close(m.fds[1]);
	}
	_exit(EXIT_SUCCESS);
}

static void __attribute__((noreturn)) signer(void)
{
	char byte;

	setproctitle("signer");
	while (read(SIGNER_KEEPER, &byte, 1) > 0)
		continue;
	_exit(EXIT_SUCCESS);
}

int
main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";

	setproctitle_init(argc, argv, environ);
	if (strcmp(role, "check") == 0 && argc == 3)
		return config_answer_check("haild-tls", argv[2]);
	if (strcmp(role, "keeper") == 0)
		keeper();
	if (strcmp(role, "signer") == 0)
		signer();
	return EXIT_SUCCESS;
}
