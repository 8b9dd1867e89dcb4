/*
 * handshake_separated.c -- a server that separates its processes as haild does,
 * and does nothing else: no limits, no log, no confinement.
 *
 *	parent	accepts; has no key and reads no byte of a client
 *	signer	has the key, and signs once for each relay, over a socket pair
 *		of that relay
 *	relay	does the handshake of one client with the signer's key, asks
 *		the parent for a session and copies between it and the client
 *	session	has one end of a stream; sends the line
 *
 * Compared with handshake_serve.c, it shows what the separation costs.
 */

#include "tests/bench/handshake.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <gnutls/abstract.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

#define EVENTS 64
#define BUFFER 16384

/* Send FD and a byte. */
static void
send_fd(int channel, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			  .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS } };
	char byte = 's';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(channel, &m, MSG_NOSIGNAL) == -1 && errno != EPIPE)
		err(2, "sendmsg");
}

/* Returns what send_fd sent, or -1 at the end. */
static int
receive_fd(int channel)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	int fd;

	if (recvmsg(channel, &m, 0) != 1 || CMSG_FIRSTHDR(&m) == NULL)
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void
make_pair(int type, int pair[2])
{
	if (socketpair(AF_UNIX, type, 0, pair) == -1)
		err(2, "socketpair");
}

static int
make_epoll(int first)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = first };
	int epoll = epoll_create1(0);

	if (epoll == -1 || epoll_ctl(epoll, EPOLL_CTL_ADD, first, &ev) == -1)
		err(2, "epoll");
	return epoll;
}

static void
watch(int epoll, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(2, "epoll_ctl");
}

static int
wait_events(int epoll, struct epoll_event events[EVENTS])
{
	int n = epoll_wait(epoll, events, EVENTS, -1);

	if (n == -1 && errno != EINTR)
		err(2, "epoll_wait");
	return n == -1 ? 0 : n;
}

/* In a child: keep only A, B and C, as 3, 4 and 5; B and C may be -1. */
static void
keep_only(int a, int b, int c)
{
	int fds[] = { a, b, c }, i, high;

	for (i = 0; i < 3; i++) {
		if (fds[i] == -1)
			continue;
		/* One of the others may have this number. */
		if ((high = fcntl(fds[i], F_DUPFD, 512)) == -1)
			err(2, "dup");
		fds[i] = high;
	}
	for (i = 0; i < 3; i++)
		if (fds[i] != -1)
			dup2(fds[i], 3 + i);
	close_range(c != -1 ? 6 : 4, ~0U, 0);
}

/* --- the signer --- */

struct request {
	gnutls_sign_algorithm_t algorithm;
	unsigned int length;
	unsigned char hash[64];
};

/* Sign once. */
static void
sign_for(gnutls_privkey_t key, int fd)
{
	gnutls_datum_t hash, signature;
	struct request r;

	if (recv(fd, &r, sizeof(r), 0) == sizeof(r) &&
	    r.length <= sizeof(r.hash)) {
		hash.data = r.hash;
		hash.size = r.length;
		must(gnutls_privkey_sign_hash2(
			 key, r.algorithm, 0, &hash, &signature),
		    "sign");
		send(fd, signature.data, signature.size, MSG_NOSIGNAL);
		gnutls_free(signature.data);
	}
	close(fd);
}

static _Noreturn void
signer(int door, const char *file)
{
	struct epoll_event events[EVENTS];
	gnutls_privkey_t key;
	gnutls_datum_t text;
	int epoll = make_epoll(door), i, n, fd;

	must(gnutls_load_file(file, &text), file);
	must(gnutls_privkey_init(&key), "key");
	must(gnutls_privkey_import_x509_raw(
		 key, &text, GNUTLS_X509_FMT_PEM, NULL, 0),
	    file);
	gnutls_free(text.data);
	for (;;) {
		n = wait_events(epoll, events);
		for (i = 0; i < n; i++) {
			if (events[i].data.fd != door)
				sign_for(key, events[i].data.fd);
			else if ((fd = receive_fd(door)) != -1)
				watch(epoll, fd);
			else
				_exit(0); /* the parent is gone */
		}
	}
}

/* --- the relay --- */

/* What keep_only made of a relay's descriptors. */
#define CLIENT 3
#define SIGNER 4
#define CHANNEL 5

static struct {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	unsigned int algorithm, bits; /* of the key */
} all;

static int
sign(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *arg,
    unsigned int flags, const gnutls_datum_t *hash, gnutls_datum_t *signature)
{
	struct request r;
	unsigned char answer[1024];
	ssize_t n;

	(void)key, (void)arg, (void)flags;
	memset(&r, 0, sizeof(r));
	if (hash->size > sizeof(r.hash))
		return GNUTLS_E_INTERNAL_ERROR;
	r.algorithm = algorithm;
	r.length = hash->size;
	memcpy(r.hash, hash->data, hash->size);
	if (send(SIGNER, &r, sizeof(r), MSG_NOSIGNAL) == -1 ||
	    (n = recv(SIGNER, answer, sizeof(answer), 0)) <= 0 ||
	    (signature->data = gnutls_malloc((size_t)n)) == NULL)
		return GNUTLS_E_PK_SIGN_FAILED;
	memcpy(signature->data, answer, (size_t)n);
	signature->size = (unsigned int)n;
	return 0;
}

static int
describe(gnutls_privkey_t key, unsigned int flags, void *arg)
{
	(void)key, (void)arg;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return (int)all.algorithm;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return (int)all.bits;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return (int)gnutls_sign_supports_pk_algorithm(
		    GNUTLS_FLAGS_TO_SIGN_ALGO(flags), all.algorithm);
	return -1;
}

/* The certificate in FILE, with a key for which the signer signs. */
static void
load_certificate(const char *file)
{
	gnutls_pcert_st *certificate = gnutls_calloc(1, sizeof(*certificate));
	gnutls_privkey_t key;
	gnutls_datum_t text;

	if (certificate == NULL)
		err(2, NULL);
	must(gnutls_load_file(file, &text), file);
	must(gnutls_pcert_import_x509_raw(
		 certificate, &text, GNUTLS_X509_FMT_PEM, 0),
	    file);
	gnutls_free(text.data);
	all.algorithm = (unsigned int)gnutls_pubkey_get_pk_algorithm(
	    certificate->pubkey, &all.bits);
	must(gnutls_privkey_init(&key), "key");
	must(gnutls_privkey_import_ext4(
		 key, NULL, NULL, sign, NULL, NULL, describe, 0),
	    "key");
	must(gnutls_certificate_allocate_credentials(&all.credentials),
	    "credentials");
	/* There is no signer yet to prove that they match. */
	gnutls_certificate_set_flags(
	    all.credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	must(gnutls_certificate_set_key(
		 all.credentials, NULL, 0, certificate, 1, key),
	    file);
}

/* Copy both ways until the session ends. */
static void
copy(gnutls_session_t tls, int session)
{
	struct pollfd p[] = { { .fd = session, .events = POLLIN },
		{ .fd = CLIENT, .events = POLLIN } };
	char buf[BUFFER];
	ssize_t n;

	for (;;) {
		if (poll(p, 2, -1) == -1)
			err(2, "poll");
		if (p[0].revents != 0) {
			if ((n = read(session, buf, sizeof(buf))) <= 0)
				return;
			must((int)gnutls_record_send(tls, buf, (size_t)n),
			    "send");
		}
		if (p[1].revents == 0)
			continue;
		/* No record is longer than this, so that none is left over. */
		if ((n = gnutls_record_recv(tls, buf, sizeof(buf))) > 0) {
			io_write_all(session, buf, (size_t)n);
			continue;
		}
		shutdown(session, SHUT_WR);
		p[1].fd = -1;
		p[1].revents = 0;
	}
}

static _Noreturn void
relay(void)
{
	gnutls_session_t tls =
	    serve_handshake(CLIENT, all.credentials, all.priority);
	int session;

	if (send(CHANNEL, "p", 1, MSG_NOSIGNAL) != 1 ||
	    (session = receive_fd(CHANNEL)) == -1)
		errx(2, "no session");
	copy(tls, session);
	serve_end(tls);
}

/* --- the session --- */

static _Noreturn void
session(int fd, bool echo)
{
	char buf[BUFFER];
	ssize_t n;

	keep_only(fd, -1, -1);
	if (!echo)
		_exit(io_write_all(3, LINE, strlen(LINE)) != 0);
	while ((n = read(3, buf, sizeof(buf))) > 0)
		io_write_all(3, buf, (size_t)n);
	_exit(0);
}

/* --- the parent --- */

static pid_t
fork_child(void)
{
	pid_t pid = fork();

	if (pid == -1)
		err(2, "fork");
	return pid;
}

/* Fork a relay for the next client.  Returns its channel. */
static int
start_relay(int listener, int door)
{
	int fd = accept(listener, NULL, NULL), signing[2], channel[2];

	if (fd == -1)
		err(2, "accept");
	make_pair(SOCK_SEQPACKET, signing);
	make_pair(SOCK_SEQPACKET, channel);
	send_fd(door, signing[1]);
	close(signing[1]);
	if (fork_child() == 0) {
		keep_only(fd, signing[0], channel[1]);
		relay();
	}
	close(fd);
	close(signing[0]);
	close(channel[1]);
	return channel[0];
}

/* Fork a session for the relay at CHANNEL, which has done its handshake. */
static void
start_session(int channel, bool echo)
{
	int stream[2];
	char byte;

	if (recv(channel, &byte, 1, 0) == 1) {
		make_pair(SOCK_STREAM, stream);
		if (fork_child() == 0)
			session(stream[1], echo);
		close(stream[1]);
		send_fd(channel, stream[0]);
		close(stream[0]);
	}
	close(channel);
}

int
separated(char *argv[], bool echo)
{
	struct epoll_event events[EVENTS];
	int door[2], listener, epoll, i, n;

	make_pair(SOCK_SEQPACKET, door);
	if (fork_child() == 0) {
		close(door[0]);
		signer(door[1], argv[2]);
	}
	close(door[1]);
	load_certificate(argv[1]);
	all.priority = serve_priority();
	listener = serve_listen(argv[0]);
	epoll = make_epoll(listener);
	for (;;) {
		n = wait_events(epoll, events);
		for (i = 0; i < n; i++)
			if (events[i].data.fd == listener)
				watch(epoll, start_relay(listener, door[0]));
			else
				start_session(events[i].data.fd, echo);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
