#include "tests/e2e/tlsclient.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"

static struct {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
} all;

static void
must(int result, const char *what)
{
	if (result < 0)
		errx(2, "%s: %s", what, gnutls_strerror(result));
}

void
tlsclient_init(void)
{
	const char *cert = getenv("TLS_CERT"), *key = getenv("TLS_KEY");
	const char *priority = getenv("TLS_PRIORITY");

	must(gnutls_certificate_allocate_credentials(&all.credentials),
	    "credentials");
	if (cert != NULL && *cert != '\0')
		must(gnutls_certificate_set_x509_key_file(
			 all.credentials, cert, key, GNUTLS_X509_FMT_PEM),
		    cert);
	if (priority == NULL || *priority == '\0')
		priority = "NORMAL";
	must(gnutls_priority_init(&all.priority, priority, NULL), priority);
}

static struct addr
find(const char *where)
{
	char host[ADDR_HOST_MAX] = "127.0.0.1", port[ADDR_PORT_MAX];
	struct addr a;

	if (strchr(where, '/') != NULL)
		addr_from_path(&a, where);
	else if (addr_port_number(where) != -1)
		addr_from_numeric(
		    &a, host, (unsigned int)addr_port_number(where));
	else if (addr_split(where, host, port) != ADDR_HOST_PORT ||
	    addr_from_numeric(&a, host, (unsigned int)addr_port_number(port)) ==
		-1)
		errx(2, "%s: not an address", where);
	return a;
}

static void
come_from(int fd, const char *host)
{
	struct addr from;
	int on = 1;

	if (addr_from_numeric(&from, host, 0) == -1)
		errx(2, "%s: not an address", host);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, &from.sa, from.len) == -1)
		err(2, "bind");
}

int
tlsclient_connect(const char *where)
{
	const struct addr a = find(where);
	const char *from = getenv("PEER_FROM"), *first = getenv("TLS_FIRST");
	int fd, on = 1;

	if ((fd = socket(a.sa.sa_family, SOCK_STREAM, 0)) == -1)
		err(2, "socket");
	/* Fails for a Unix socket. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (from != NULL)
		come_from(fd, from);
	if (connect(fd, &a.sa, a.len) == -1)
		err(1, "connect to %s", where);
	if (first != NULL && send(fd, first, strlen(first), MSG_NOSIGNAL) == -1)
		err(1, "send");
	return fd;
}

void
tlsclient_session(struct tlsclient *c, int fd)
{
	const char *name = getenv("TLS_NAME");

	c->fd = fd;
	must(gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL), "session");
	must(gnutls_priority_set(c->tls, all.priority), "priority");
	must(gnutls_credentials_set(
		 c->tls, GNUTLS_CRD_CERTIFICATE, all.credentials),
	    "credentials");
	if (name != NULL && *name != '\0')
		must(gnutls_server_name_set(
			 c->tls, GNUTLS_NAME_DNS, name, strlen(name)),
		    name);
	gnutls_transport_set_int(c->tls, fd);
	gnutls_handshake_set_timeout(c->tls, GNUTLS_INDEFINITE_TIMEOUT);
}

int
tlsclient_handshake(struct tlsclient *c)
{
	int result;

	do
		result = gnutls_handshake(c->tls);
	while (result < 0 && !gnutls_error_is_fatal(result));
	return result;
}

void
tlsclient_open(struct tlsclient *c, const char *where)
{
	int result;

	tlsclient_session(c, tlsclient_connect(where));
	if ((result = tlsclient_handshake(c)) < 0)
		errx(1, "handshake: %s", gnutls_strerror(result));
}

int
tlsclient_send(struct tlsclient *c, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		if ((n = gnutls_record_send(c->tls, p, len)) < 0) {
			if (gnutls_error_is_fatal((int)n))
				return (int)n;
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
tlsclient_receive(struct tlsclient *c, void *data, size_t len)
{
	ssize_t n;

	do
		n = gnutls_record_recv(c->tls, data, len);
	while (n < 0 && !gnutls_error_is_fatal((int)n));
	return n;
}

void
tlsclient_drop(struct tlsclient *c)
{
	gnutls_deinit(c->tls);
	close(c->fd);
}
