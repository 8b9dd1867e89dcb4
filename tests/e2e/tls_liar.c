/*
 * tls_liar.c -- a relay that lies to the daemon and the signer.  With main.c it
 * is a complete haild-tls.
 *
 * The first byte of the client, without TLS, selects the lie.  The answers of
 * the signer are sent to the client.  The relay has the user and root of a real
 * one, but no filter of system calls.
 */

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"
#include "tls/relay.h"
#include "tls/signer_channel.h"

#define PIDS 5000 /* a new PID namespace has fewer */

static void
say(const struct relay_start *r, uint32_t type, const void *payload, size_t len)
{
	if (message_send(r->channel, type, payload, len, 0) == -1)
		_exit(3);
}

static void
say_number(const struct relay_start *r, uint32_t type, uint32_t number)
{
	say(r, type, &number, sizeof(number));
}

/* The report of a relay about a client that the service accepts. */
static struct tls_session
truth(const struct relay_start *r)
{
	struct tls_session s = { .local = r->local, .nnames = 1 };

	strcpy(s.names[0], "web1.example.org");
	strcpy(s.texts[TLS_PROTOCOL_NAME], "TLSv1.3");
	strcpy(s.texts[TLS_CLIENT_VERIFY], "SUCCESS");
	return s;
}

static void
prove(const struct relay_start *r, const struct tls_session *s)
{
	say(r, RELAY_PROVED, s, sizeof(*s));
}

/* Wait until the daemon closes the channel. */
static void
wait_for_end(const struct relay_start *r)
{
	char data[4096];

	while (recv(r->channel, data, sizeof(data), 0) > 0)
		;
}

/* Receive the stream of the session.  Exits if the daemon refuses. */
static int
session_stream(const struct relay_start *r)
{
	struct message m;
	uint32_t answer;

	if (message_receive(r->channel, relay_kinds,
		MESSAGE_BIT(RELAY_SESSION) | MESSAGE_BIT(RELAY_ANSWER), &m,
		&answer, sizeof(answer), 0) != MESSAGE_OK ||
	    m.type != RELAY_SESSION)
		_exit(0);
	return m.fds[0];
}

/* Copy the output of the program. */
static void
copy(const struct relay_start *r, int stream)
{
	char data[4096];
	ssize_t n;

	while ((n = read(stream, data, sizeof(data))) > 0)
		if (write(r->fd, data, (size_t)n) != n)
			break;
}

/* --- lies to the daemon --- */

static void
lie_about_names(const struct relay_start *r, char how)
{
	struct tls_session s = truth(r);

	switch (how) {
	case 'i':
		strcpy(s.names[0], "root.example.org");
		break;
	case 'n':
		s.nnames = IDENTITY_NAMES_MAX + 1;
		break;
	case 'N':
		s.nnames = UINT32_MAX;
		break;
	case 'u':
		memset(s.names, 'a', sizeof(s.names));
		break;
	case 'c':
		strcpy(s.names[0], "web1.example.org\nforged line");
		break;
	case 'w':
		strcpy(s.names[0], "*");
		break;
	case 'e':
		s.names[0][0] = '\0';
		break;
	}
	prove(r, &s);
	copy(r, session_stream(r));
}

static void
lie_about_texts(const struct relay_start *r, char how)
{
	struct tls_session s = truth(r);

	switch (how) {
	case 'x':
		memset(s.texts, 'a', sizeof(s.texts));
		break;
	case 'y':
		strcpy(s.texts[TLS_CERT_SUBJECT], "/CN=a\n/CN=b");
		break;
	case 'a':
		s.local.len = 100000;
		break;
	}
	prove(r, &s);
	copy(r, session_stream(r));
}

static void
lie_about_index(const struct relay_start *r, char how __attribute__((unused)))
{
	struct tls_session s = truth(r);

	s.identity = 1000000;
	prove(r, &s);
	copy(r, session_stream(r));
}

static void
tell_truth(const struct relay_start *r, char how __attribute__((unused)))
{
	struct tls_session s = truth(r);

	prove(r, &s);
	copy(r, session_stream(r));
}

/* Messages that are invalid before the session. */
static void
lie_in_handshake(const struct relay_start *r, char how)
{
	struct tls_session s = truth(r);
	struct channel_client announced = { 0 };
	int out = STDOUT_FILENO;

	switch (how) {
	case 's':
		say(r, RELAY_PROVED, &s, sizeof(s) - 1);
		break;
	case 'z':
		say_number(r, 31, 0);
		break;
	case 'Z':
		say_number(r, UINT32_MAX, 0);
		break;
	case 'f':
		message_send_fds(
		    r->channel, RELAY_PROVED, &s, sizeof(s), &out, 1, 0);
		break;
	case 'g':
		say_number(r, RELAY_GONE, RELAY_TRUNCATED);
		break;
	case 'A':
		say(r, RELAY_ANNOUNCE, &announced, sizeof(announced));
		break;
	case 'r':
		say_number(r, RELAY_ANSWER, 0);
		break;
	case 'F':
		say_number(r, RELAY_FAULT, TLS_FINE);
		break;
	case 'M':
		say_number(r, RELAY_FAULT, 1000000);
		break;
	case 'j':
		if (write(r->channel, "lie", 3) == -1)
			_exit(3);
		break;
	}
	wait_for_end(r);
}

/* Messages that are invalid during the session. */
static void
lie_in_session(const struct relay_start *r, char how)
{
	struct tls_session s = truth(r);
	int stream, i;

	prove(r, &s);
	stream = session_stream(r);
	switch (how) {
	case 'p':
		prove(r, &s);
		break;
	case 'G':
		say_number(r, RELAY_GONE, 1000000);
		break;
	case 'm':
		for (i = 0; i < 100000; i++)
			if (message_send(r->channel, RELAY_GONE,
				&(uint32_t) { RELAY_TRUNCATED },
				sizeof(uint32_t), 0) == -1)
				break;
		break;
	case 'K':
		raise(SIGSEGV);
		break;
	}
	copy(r, stream);
}

static void
never_end(const struct relay_start *r, char how)
{
	struct tls_session s = truth(r);

	signal(SIGTERM, SIG_IGN);
	if (how == 'k') {
		prove(r, &s);
		copy(r, session_stream(r));
	}
	for (;;)
		pause();
}

/* --- lies to the signer --- */

static void
show(const struct relay_start *r, const char *what, int length,
    const unsigned char *signature)
{
	int i;

	if (length <= 0) {
		dprintf(r->fd, "%s: refused\n", what);
		return;
	}
	dprintf(r->fd, "%s: signed ", what);
	for (i = 0; i < length; i++)
		dprintf(r->fd, "%02x", signature[i]);
	dprintf(r->fd, "\n");
}

static void
ask(const struct relay_start *r, const char *what, const struct signer_sign *s)
{
	unsigned char signature[SIGNER_SIGNATURE_MAX];

	show(r, what, signer_request(r->signer, s, signature), signature);
}

/* Send a message of TYPE with that payload in place of a request. */
static void
ask_raw(const struct relay_start *r, uint32_t type, const void *payload,
    size_t length)
{
	unsigned char signature[SIGNER_SIGNATURE_MAX];
	struct message m;
	int result = -1;

	if (message_send(r->signer, type, payload, length, 0) == 0 &&
	    message_receive(r->signer, signer_kinds,
		MESSAGE_BIT(SIGNER_SIGNED) | MESSAGE_BIT(SIGNER_REFUSED), &m,
		signature, sizeof(signature), 0) == MESSAGE_OK &&
	    m.type == SIGNER_SIGNED)
		result = (int)m.length;
	show(r, "raw", result, signature);
}

/* ecdsa_secp256r1_sha256 for a transcript whose hash is 32 times 'h'. */
static struct signer_sign
request(void)
{
	struct signer_sign s = {
		.key = 0, .version = 0x0304, .scheme = 0x0403, .length = 32
	};

	memset(s.data, 'h', s.length);
	return s;
}

static void
lie_to_signer(const struct relay_start *r, char how)
{
	struct signer_sign s = request();
	size_t length = offsetof(struct signer_sign, data) + s.length;

	switch (how) {
	case '1':
		ask(r, "first", &s);
		break;
	case '2': /* another key than this service has */
		s.key = 1;
		break;
	case '3': /* a bare hash, where only TLS 1.3 is allowed */
		s.version = 0x0303;
		break;
	case '4':
		s.version = 0;
		break;
	case '5': /* a transcript of another length */
		s.length = 1000;
		break;
	case '6':
		s.scheme = 0x0401;
		break;
	case '7': /* more than there is */
		s.length = UINT32_MAX;
		ask_raw(r, SIGNER_SIGN, &s, length);
		break;
	case '8': /* a message that only the keeper may send */
		ask_raw(r, SIGNER_RELAY, &(struct signer_relay) { 1 },
		    sizeof(struct signer_relay));
		break;
	}
	ask(r, "then", &s);
}

/* Find processes whose memory the relay can read.  It must be its own only. */
static void
read_memory(const struct relay_start *r, char how __attribute__((unused)))
{
	char byte, *there = (char *)(uintptr_t)&relay_kinds;
	struct iovec to = { &byte, 1 }, from = { there, 1 };
	pid_t pid;

	for (pid = 1; pid < PIDS; pid++) {
		if (pid == getpid())
			continue;
		if (process_vm_readv(pid, &to, 1, &from, 1, 0) == 1 ||
		    errno == EFAULT || /* permitted */
		    ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
			dprintf(r->fd, "memory of %d\n", (int)pid);
	}
	dprintf(r->fd, "end\n");
}

static const struct {
	const char *hows;
	void (*lie)(const struct relay_start *r, char how);
} lies[] = {
	{ "t", tell_truth },
	{ "inNucwe", lie_about_names },
	{ "xya", lie_about_texts },
	{ "l", lie_about_index },
	{ "szZfgArFMj", lie_in_handshake },
	{ "pGmK", lie_in_session },
	{ "kq", never_end },
	{ "12345678", lie_to_signer },
	{ "v", read_memory },
};

void
relay_run(const struct relay_start *r)
{
	const struct confinement c = { .name = "relay",
		.identity = r->user,
		.root = r->root,
		.parent = r->daemon };
	struct message m;
	char how = 0;
	size_t i;

	setproctitle("relay");
	if (message_receive(r->channel, relay_kinds, MESSAGE_BIT(RELAY_GO), &m,
		NULL, 0, 0) != MESSAGE_OK ||
	    (r->user != NULL && confine(&c) == -1))
		_exit(2);
	if (read(r->fd, &how, 1) == 1)
		for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
			if (strchr(lies[i].hows, how) != NULL)
				lies[i].lie(r, how);
	_exit(0);
}
