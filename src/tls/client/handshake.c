#include "tls/client/handshake.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <arpa/inet.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/escape.h"
#include "lib/io.h"
#include "tls/client/facts.h"
#include "tls/client/report.h"
#include "tls/client/verify.h"
#include "tls/link.h"

/* How many of the first bytes a message shows. */
#define HEAD_SIZE 32

struct handshake {
	struct client *c;
	struct tls_link link;
	bool answered; /* the server has sent something */
};

/* --- the session --- */

static void
check(int error, const char *what)
{
	if (error < 0)
		client_fail(HAIL_TLS, "cannot set up TLS: %s: %s", what,
		    gnutls_strerror(error));
}

/*
 * Always send the client's certificate, whatever CAs the server names: the
 * server may know the key by its pin, and otherwise its alert has the reason.
 */
static int
choose_certificate(gnutls_session_t tls, const gnutls_datum_t *ca, int nca,
    const gnutls_pk_algorithm_t *algorithms, int nalgorithms,
    gnutls_pcert_st **chain, unsigned int *nchain, gnutls_privkey_t *key)
{
	struct client *c = gnutls_session_get_ptr(tls);

	(void)ca, (void)nca, (void)algorithms, (void)nalgorithms;
	*chain = c->key.chain;
	*nchain = c->key.nchain;
	*key = c->key.nchain > 0 ? c->key.key : NULL;
	return 0;
}

/*
 * GnuTLS calls this before the client authenticates.  In TLS 1.2 the server has
 * not proved its key yet, so the caller reports only after the handshake.
 */
static int
verify(gnutls_session_t tls)
{
	struct client *c = gnutls_session_get_ptr(tls);
	gnutls_x509_crt_t crt = facts_certificate(tls);

	if (crt == NULL)
		return GNUTLS_E_CERTIFICATE_ERROR;
	c->refused =
	    !client_verify_server(&c->arguments, tls, crt, &c->verdict);
	gnutls_x509_crt_deinit(crt);
	return c->refused ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

static bool
is_address(const char *name)
{
	struct in_addr address;

	/*
	 * A name has no colon.  inet_pton(3) rejects "%scope" after an IPv6
	 * address.
	 */
	return inet_pton(AF_INET, name, &address) == 1 ||
	    strchr(name, ':') != NULL;
}

/* The default priorities of this system, without old versions (RFC 8996). */
static void
set_priority(gnutls_session_t tls)
{
	check(gnutls_set_default_priority_append(
		  tls, "-VERS-TLS1.1:-VERS-TLS1.0:-VERS-SSL3.0", NULL, 0),
	    "priorities");
}

void
client_session_make(struct client *c)
{
	const char *name = c->arguments.name;

	check(gnutls_certificate_allocate_credentials(&c->credentials),
	    "credentials");
	if (c->arguments.verify == CLIENT_VERIFY_CA)
		client_load_ca(c->credentials, c->arguments.ca);
	client_key_load(&c->key, &c->arguments);
	gnutls_certificate_set_retrieve_function2(
	    c->credentials, choose_certificate);
	gnutls_certificate_set_verify_function(c->credentials, verify);
	check(gnutls_init(&c->tls,
		  GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS |
		      GNUTLS_NO_SIGNAL),
	    "session");
	gnutls_session_set_ptr(c->tls, c);
	set_priority(c->tls);
	check(gnutls_credentials_set(
		  c->tls, GNUTLS_CRD_CERTIFICATE, c->credentials),
	    "credentials");
	/* RFC 6066, 3: only names are allowed. */
	if (name != NULL && !is_address(name))
		check(gnutls_server_name_set(
			  c->tls, GNUTLS_NAME_DNS, name, strlen(name)),
		    name);
	if (c->arguments.alpn != NULL) {
		const gnutls_datum_t alpn = {
			(unsigned char *)c->arguments.alpn,
			(unsigned int)strlen(c->arguments.alpn)
		};

		check(gnutls_alpn_set_protocols(c->tls, &alpn, 1, 0), "ALPN");
	}
	gnutls_handshake_set_timeout(c->tls, GNUTLS_INDEFINITE_TIMEOUT);
}

/* --- failures; each function returns false, for its caller --- */

static bool
fail_by_head(const char *data, size_t n)
{
	char text[4 * HEAD_SIZE + 1] = "";

	escape_append(text, 0, sizeof(text), data, n);
	client_report_failure(
	    HAIL_TLS, "the server does not speak TLS: it sent \"%s\"", text);
	return false;
}

static bool
fail_by_end(const struct handshake *h)
{
	if (h->link.error != 0)
		client_report_failure(HAIL_BROKEN,
		    "connection lost in the TLS handshake: %s",
		    strerror(h->link.error));
	else if (h->answered)
		client_report_failure(HAIL_BROKEN,
		    "the server closed the connection in the TLS handshake");
	else
		client_report_failure(HAIL_EMPTY,
		    HAIL_EMPTY_TEXT
		    "; it may not allow this client's address, "
		    "or not speak TLS");
	return false;
}

/* Send an alert, and say why. */
static bool
fail_by_verdict(struct handshake *h)
{
	struct tls_report *verdict = &h->c->verdict;

	gnutls_alert_send(h->c->tls, GNUTLS_AL_FATAL,
	    verdict->wrong_key ? GNUTLS_A_CERTIFICATE_UNKNOWN
			       : GNUTLS_A_BAD_CERTIFICATE);
	client_send(verdict, TLS_FAILED);
	return false;
}

static bool
fail_by_error(struct handshake *h, int error)
{
	enum hail_status status;
	char text[512];

	if (h->c->refused)
		return fail_by_verdict(h);
	if (error == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		status = client_alert_text(
		    text, sizeof(text), gnutls_alert_get(h->c->tls));
		client_report_failure(status, "%s", text);
		return false;
	}
	gnutls_alert_send_appropriate(h->c->tls, error);
	client_report_failure(
	    HAIL_TLS, "the TLS handshake failed: %s", gnutls_strerror(error));
	return false;
}

/* --- the handshake --- */

/*
 * Wait for EVENTS on the server's socket, and send buffered data.  Returns
 * false if hail has exited or given up.
 */
static bool
wait_for_server(struct handshake *h, short events)
{
	struct pollfd p[2] = {
		{ .fd = TLS_HELPER_SERVER, .events = events },
		{ .fd = TLS_HELPER_CHANNEL, .events = POLLIN },
	};

	if (tls_link_is_blocked(&h->link))
		p[0].events |= POLLOUT;
	if (io_poll(p, 2, -1) == -1 || p[1].revents != 0)
		return false;
	tls_link_flush(&h->link);
	return true;
}

static bool
finish_sending(struct handshake *h)
{
	while (tls_link_is_blocked(&h->link))
		if (!wait_for_server(h, 0))
			return false;
	return true;
}

static ssize_t
pull_nothing(gnutls_transport_ptr_t ptr, void *data, size_t size)
{
	(void)ptr, (void)data, (void)size;
	errno = EAGAIN;
	return -1;
}

/* Wait for the first bytes and peek at them.  Returns as recv(2) does. */
static ssize_t
peek(struct handshake *h, char head[HEAD_SIZE])
{
	ssize_t n;

	do {
		if (!wait_for_server(h, POLLIN))
			return -1;
		/* By number, as in tls/link.c. */
		n = syscall(__NR_recvfrom, TLS_HELPER_SERVER, head, HEAD_SIZE,
		    MSG_PEEK | MSG_DONTWAIT, NULL, NULL);
	} while (n == -1 && io_is_temporary(errno));
	if (n == -1)
		h->link.error = errno;
	return n;
}

/*
 * Send the ClientHello, and check whether the answer begins like a record of a
 * handshake or an alert (RFC 8446, 5.1).
 */
static bool
begin(struct handshake *h)
{
	char head[HEAD_SIZE];
	ssize_t n;

	tls_link_attach(&h->link, h->c->tls, TLS_HELPER_SERVER);
	gnutls_transport_set_pull_function(h->c->tls, pull_nothing);
	gnutls_handshake(h->c->tls);
	if (!finish_sending(h))
		return false;
	if ((n = peek(h, head)) <= 0)
		return fail_by_end(h);
	if ((head[0] != 0x16 && head[0] != 0x15) || (n > 1 && head[1] != 3))
		return fail_by_head(head, (size_t)n);
	h->answered = true;
	tls_link_attach(&h->link, h->c->tls, TLS_HELPER_SERVER);
	return true;
}

bool
client_handshake(struct client *c)
{
	struct handshake h = { .c = c };
	int error;

	if (!begin(&h))
		return false;
	while ((error = gnutls_handshake(c->tls)) != 0) {
		if (gnutls_error_is_fatal(error))
			return fail_by_error(&h, error);
		if (error != GNUTLS_E_AGAIN)
			continue;
		if (h.link.ended)
			return fail_by_end(&h);
		if (!wait_for_server(&h, POLLIN))
			return false;
	}
	return finish_sending(&h);
}
