/*
 * handshake_serve.c -- the smallest possible server: for each client a fork, a
 * handshake, a line and the end.  One process has everything: no signer and no
 * sandbox.
 */

#include "tests/bench/handshake.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
must(int result, const char *what)
{
	if (result < 0)
		errx(2, "%s: %s", what, gnutls_strerror(result));
}

int
serve_listen(const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd, on = 1;

	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		err(2, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 1024) == -1)
		err(2, "listen at %s", port);
	return fd;
}

gnutls_priority_t
serve_priority(void)
{
	gnutls_priority_t priority;

	must(gnutls_priority_init(
		 &priority, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL),
	    "priority");
	return priority;
}

gnutls_session_t
serve_handshake(int fd, gnutls_certificate_credentials_t credentials,
    gnutls_priority_t priority)
{
	gnutls_session_t tls;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	must(gnutls_init(&tls, GNUTLS_SERVER | GNUTLS_NO_TICKETS), "session");
	must(gnutls_priority_set(tls, priority), "priority");
	must(gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials),
	    "credentials");
	gnutls_transport_set_int(tls, fd);
	must(gnutls_handshake(tls), "handshake");
	return tls;
}

_Noreturn void
serve_end(gnutls_session_t tls)
{
	char rest[256];

	gnutls_bye(tls, GNUTLS_SHUT_WR);
	/* close(2) with unread input would reset the connection. */
	while (gnutls_record_recv(tls, rest, sizeof(rest)) > 0)
		;
	_exit(0);
}

static void
serve_echo(gnutls_session_t tls)
{
	char buf[16384];
	ssize_t n;

	while ((n = gnutls_record_recv(tls, buf, sizeof(buf))) > 0)
		must((int)gnutls_record_send(tls, buf, (size_t)n), "send");
}

int
serve(char *argv[], bool echo)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority = serve_priority();
	gnutls_session_t tls;
	int listener, fd;

	must(gnutls_certificate_allocate_credentials(&credentials),
	    "credentials");
	must(gnutls_certificate_set_x509_key_file(
		 credentials, argv[1], argv[2], GNUTLS_X509_FMT_PEM),
	    argv[1]);
	listener = serve_listen(argv[0]);
	for (;;) {
		if ((fd = accept(listener, NULL, NULL)) == -1)
			err(2, "accept");
		switch (fork()) {
		case -1:
			err(2, "fork");
		case 0:
			close(listener);
			tls = serve_handshake(fd, credentials, priority);
			if (echo)
				serve_echo(tls);
			else
				must((int)gnutls_record_send(
					 tls, LINE, strlen(LINE)),
				    "send");
			serve_end(tls);
		}
		close(fd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
