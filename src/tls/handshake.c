#include "tls/handshake.h"

#include <errno.h>
#include <string.h>

#include "lib/io.h"
#include "tls/link.h"

/* The longest handshake message, in bytes: room for a client's certificates. */
#define MESSAGE_MAX 65536

/*
 * The first two bytes of a client's first record: content type and major
 * version (RFC 8446, 5.1).
 */
#define RECORD_HANDSHAKE 22
#define RECORD_MAJOR 3

#define NO_SESSION_FLAGS                               \
	(GNUTLS_NO_TICKETS | GNUTLS_NO_TICKETS_TLS12 | \
	    GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NONBLOCK)

/* --- faults --- */

static const struct {
	int error;
	enum tls_fault fault;
} errors[] = {
	{ GNUTLS_E_UNSUPPORTED_VERSION_PACKET, TLS_VERSION },
	{ GNUTLS_E_INAPPROPRIATE_FALLBACK, TLS_VERSION },
	{ GNUTLS_E_NO_CIPHER_SUITES, TLS_CIPHER },
	{ GNUTLS_E_NO_COMMON_KEY_SHARE, TLS_CIPHER },
	{ GNUTLS_E_NO_PRIORITIES_WERE_SET, TLS_CIPHER },
	{ GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM, TLS_CIPHER },
	{ GNUTLS_E_INCOMPATIBLE_SIG_WITH_KEY, TLS_CIPHER },
	{ GNUTLS_E_INSUFFICIENT_CREDENTIALS, TLS_CIPHER },
	{ GNUTLS_E_NO_CERTIFICATE_FOUND, TLS_CIPHER },
	{ GNUTLS_E_INSUFFICIENT_SECURITY, TLS_CIPHER },
	{ GNUTLS_E_NO_APPLICATION_PROTOCOL, TLS_ALPN },
	{ GNUTLS_E_FATAL_ALERT_RECEIVED, TLS_ALERT },
	{ GNUTLS_E_MEMORY_ERROR, TLS_INTERNAL },
	{ GNUTLS_E_INTERNAL_ERROR, TLS_INTERNAL },
	{ GNUTLS_E_RANDOM_FAILED, TLS_INTERNAL },
};

static bool
has_version(const struct handshake *h)
{
	gnutls_protocol_t version = gnutls_protocol_get_version(h->tls);

	return version == GNUTLS_TLS1_3 ||
	    (version == GNUTLS_TLS1_2 &&
		h->service->minimum == TLS_MINIMUM_1_2);
}

static enum tls_fault
fault_of(const struct handshake *h, int error)
{
	size_t i;

	if (h->key.failed)
		return TLS_SIGNER;
	/* GnuTLS accepts any version first, and then finds no cipher for it. */
	if (error == GNUTLS_E_NO_CIPHER_SUITES && !has_version(h))
		return TLS_VERSION;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].error == error)
			return errors[i].fault;
	return TLS_PROTOCOL;
}

#define NO_ALERT 255

/* For TLS_PROTOCOL, fail() sends the alert that GnuTLS has for its error. */
static const unsigned char alerts[TLS_NFAULTS] = {
	[TLS_FINE] = NO_ALERT,
	[TLS_LATE] = GNUTLS_A_CLOSE_NOTIFY,
	[TLS_CLOSED] = NO_ALERT,
	[TLS_UNUSED] = NO_ALERT,
	[TLS_NOT_TLS] = GNUTLS_A_UNEXPECTED_MESSAGE,
	[TLS_VERSION] = GNUTLS_A_PROTOCOL_VERSION,
	[TLS_CIPHER] = GNUTLS_A_HANDSHAKE_FAILURE,
	[TLS_ALPN] = GNUTLS_A_NO_APPLICATION_PROTOCOL,
	[TLS_ALERT] = NO_ALERT,
	[TLS_PROTOCOL] = GNUTLS_A_DECODE_ERROR,
	[TLS_NO_CERTIFICATE] = GNUTLS_A_CERTIFICATE_REQUIRED,
	[TLS_UNKNOWN_CA] = GNUTLS_A_UNKNOWN_CA,
	[TLS_UNKNOWN_KEY] = GNUTLS_A_CERTIFICATE_UNKNOWN,
	[TLS_EXPIRED] = GNUTLS_A_CERTIFICATE_EXPIRED,
	/* "has expired or is not currently valid", RFC 8446, 6.2 */
	[TLS_NOT_YET_VALID] = GNUTLS_A_CERTIFICATE_EXPIRED,
	[TLS_REVOKED] = GNUTLS_A_CERTIFICATE_REVOKED,
	[TLS_PURPOSE] = GNUTLS_A_UNSUPPORTED_CERTIFICATE,
	[TLS_WEAK] = GNUTLS_A_BAD_CERTIFICATE,
	[TLS_UNVERIFIED] = GNUTLS_A_BAD_CERTIFICATE,
	[TLS_NO_NAME] = GNUTLS_A_ACCESS_DENIED,
	[TLS_BAD_IDENTITIES] = GNUTLS_A_INTERNAL_ERROR,
	[TLS_SIGNER] = GNUTLS_A_INTERNAL_ERROR,
	[TLS_INTERNAL] = GNUTLS_A_INTERNAL_ERROR,
	[TLS_OLD_CRL] = GNUTLS_A_CERTIFICATE_UNKNOWN,
};

static void
send_alert(struct handshake *h, int alert)
{
	gnutls_alert_level_t level = alert == GNUTLS_A_CLOSE_NOTIFY
	    ? GNUTLS_AL_WARNING
	    : GNUTLS_AL_FATAL;

	if (alert == NO_ALERT || h->tls == NULL)
		return;
	/* TLS 1.2 does not have this alert. */
	if (alert == GNUTLS_A_CERTIFICATE_REQUIRED &&
	    gnutls_protocol_get_version(h->tls) < GNUTLS_TLS1_3)
		alert = GNUTLS_A_HANDSHAKE_FAILURE;
	gnutls_alert_send(h->tls, level, (gnutls_alert_description_t)alert);
}

void
handshake_refuse(struct handshake *h, enum tls_fault fault)
{
	send_alert(h, alerts[fault]);
}

/* The handshake failed with an ERROR of GnuTLS. */
static enum tls_fault
fail(struct handshake *h, int error)
{
	enum tls_fault fault = fault_of(h, error);
	int level, alert = gnutls_error_to_alert(error, &level);

	if (fault == TLS_ALERT)
		return fault;
	send_alert(h, fault == TLS_PROTOCOL ? alert : alerts[fault]);
	return fault;
}

/* --- what GnuTLS calls --- */

static int
note_message(gnutls_session_t tls, unsigned int type, unsigned int when,
    unsigned int incoming, const gnutls_datum_t *message)
{
	struct handshake *h = gnutls_session_get_ptr(tls);

	(void)when, (void)incoming;
	if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO)
		hello_read(&h->suites, h->service->priority, message->data,
		    message->size);
	return transcript_add(
	    &h->key.transcript, type, message->data, message->size);
}

static void
read_server_name(struct handshake *h)
{
	size_t size = sizeof(h->server_name);
	unsigned int type;

	if (gnutls_server_name_get(h->tls, h->server_name, &size, &type, 0) !=
		0 ||
	    type != GNUTLS_NAME_DNS)
		h->server_name[0] = '\0';
}

#define ALGORITHMS_MAX 3

/*
 * Whether the client can verify a signature of ALGORITHM.  TLS 1.3 has no
 * PKCS #1, which a client may still name for certificates; and TLS 1.2 needs a
 * cipher suite for the kind of key, too.  A client that names no signatures
 * could verify only those with SHA-1 (RFC 5246, 7.4.1.4.1), which the signer
 * refuses.
 */
static bool
can_verify(const struct handshake *h, gnutls_pk_algorithm_t algorithm)
{
	bool is_1_3 = gnutls_protocol_get_version(h->tls) == GNUTLS_TLS1_3;
	gnutls_sign_algorithm_t sign;
	size_t i;

	if (!is_1_3 &&
	    !(algorithm == GNUTLS_PK_RSA ? h->suites.rsa : h->suites.ecdsa))
		return false;
	for (i = 0; gnutls_sign_algorithm_get_requested(h->tls, i, &sign) >= 0;
	     i++)
		if (handshake_key_knows(sign) &&
		    gnutls_sign_supports_pk_algorithm(sign, algorithm) &&
		    !(is_1_3 &&
			gnutls_sign_get_pk_algorithm(sign) == GNUTLS_PK_RSA))
			return true;
	return false;
}

/*
 * Write the key algorithms whose signatures the client can verify.  The
 * arguments of the server's callback do not have them.  Returns their number.
 */
static int
fill_algorithms(const struct handshake *h, gnutls_pk_algorithm_t *algorithms)
{
	static const gnutls_pk_algorithm_t all[] = { GNUTLS_PK_RSA,
		GNUTLS_PK_ECDSA, GNUTLS_PK_EDDSA_ED25519 };
	int n = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (can_verify(h, all[i]))
			algorithms[n++] = all[i];
	return n;
}

static int
choose_certificate(gnutls_session_t tls, const struct gnutls_cert_retr_st *info,
    gnutls_pcert_st **chain, unsigned int *nchain, gnutls_ocsp_data_st **ocsp,
    unsigned int *nocsp, gnutls_privkey_t *key, unsigned int *flags)
{
	struct handshake *h = gnutls_session_get_ptr(tls);
	gnutls_pk_algorithm_t algorithms[ALGORITHMS_MAX];
	int n = fill_algorithms(h, algorithms);

	(void)info;
	read_server_name(h);
	h->key.certificate = n == 0
	    ? NULL
	    : tls_service_choose(h->service,
		  h->server_name[0] != '\0' ? h->server_name : NULL, algorithms,
		  n);
	if (h->key.certificate == NULL || handshake_key_make(&h->key) < 0)
		return -1;
	*chain = h->key.certificate->chain;
	*nchain = h->key.certificate->nchain;
	*key = h->key.key;
	*ocsp = NULL;
	*nocsp = 0;
	*flags = 0;
	return 0;
}

/* --- the handshake --- */

static int
set_up(struct handshake *h, int fd)
{
	const struct tls_service *s = h->service;
	int result;

	if ((result = transcript_init(&h->key.transcript)) < 0 ||
	    (result = gnutls_init(&h->tls, GNUTLS_SERVER | NO_SESSION_FLAGS)) <
		0)
		return result;
	h->key.tls = h->tls;
	tls_link_attach(h->link, h->tls, fd);
	gnutls_session_set_ptr(h->tls, h);
	gnutls_certificate_set_retrieve_function3(
	    s->credentials, choose_certificate);
	gnutls_handshake_set_hook_function(
	    h->tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, note_message);
	gnutls_handshake_set_max_packet_length(h->tls, MESSAGE_MAX);
	/* verify.c decides about a client without a certificate. */
	if (s->client != TLS_CLIENT_NONE)
		gnutls_certificate_server_set_request(
		    h->tls, GNUTLS_CERT_REQUEST);
	if ((result = gnutls_priority_set(h->tls, s->priority)) < 0 ||
	    (result = gnutls_credentials_set(
		 h->tls, GNUTLS_CRD_CERTIFICATE, s->credentials)) < 0)
		return result;
	/*
	 * RFC 7301, 3.2: if the client offers protocols, one must be in common.
	 * But a service of commands does not need the one that is its own.
	 */
	return s->nalpn == 0
	    ? 0
	    : gnutls_alpn_set_protocols(h->tls, s->alpn, s->nalpn,
		  (s->needs_alpn ? GNUTLS_ALPN_MANDATORY : 0) |
		      GNUTLS_ALPN_SERVER_PRECEDENCE);
}

/*
 * Wait for the client.  The daemon never sends anything now.  GnuTLS reads
 * nothing while it waits to write: polling for input would return at once.
 */
static enum tls_fault
wait_for_client(struct handshake *h, int64_t deadline)
{
	bool blocked = tls_link_is_blocked(h->link);
	bool writes = gnutls_record_get_direction(h->tls) == 1;
	struct pollfd ways[2] = {
		{ .fd = h->link->fd,
		    .events = (short)((writes ? 0 : POLLIN) |
			(blocked ? POLLOUT : 0)) },
		{ .fd = h->channel, .events = POLLIN },
	};
	int n = io_poll(ways, 2, deadline);

	if (n == 0)
		return TLS_LATE;
	if (n == -1)
		return TLS_INTERNAL;
	if (ways[1].revents != 0)
		return TLS_CLOSED;
	tls_link_flush(h->link);
	return TLS_FINE;
}

/*
 * Examine the first two bytes: GnuTLS would wait for a whole header, and not
 * tell that the data is not TLS.
 */
static enum tls_fault
examine_first(struct handshake *h, int64_t deadline)
{
	unsigned char first[2];
	enum tls_fault fault;
	ssize_t n;

	do {
		if ((fault = wait_for_client(h, deadline)) != TLS_FINE)
			return fault;
		n = tls_link_peek(h->link->fd, first, sizeof(first));
	} while (n == -1 && io_is_temporary(errno));
	if (n <= 0)
		return TLS_UNUSED;
	if (first[0] != RECORD_HANDSHAKE || (n > 1 && first[1] != RECORD_MAJOR))
		return TLS_NOT_TLS;
	return TLS_FINE;
}

static enum tls_fault
shake(struct handshake *h, int64_t deadline)
{
	enum tls_fault fault = TLS_FINE;
	int n;

	while ((n = gnutls_handshake(h->tls)) != GNUTLS_E_SUCCESS) {
		if (gnutls_error_is_fatal(n))
			return fail(h, n);
		if (n != GNUTLS_E_AGAIN)
			continue;
		if (h->link->ended || h->link->error != 0)
			return TLS_CLOSED;
		fault = wait_for_client(h, deadline);
		if (fault != TLS_FINE) {
			handshake_refuse(h, fault);
			return fault;
		}
	}
	handshake_flush(h, deadline);
	return TLS_FINE;
}

enum tls_fault
handshake_run(struct handshake *h, int fd, int64_t deadline)
{
	enum tls_fault fault;

	if (set_up(h, fd) < 0)
		fault = TLS_INTERNAL;
	else if ((fault = examine_first(h, deadline)) == TLS_FINE)
		return shake(h, deadline);
	handshake_refuse(h, fault);
	return fault;
}

void
handshake_flush(struct handshake *h, int64_t deadline)
{
	while (tls_link_is_blocked(h->link)) {
		if (io_wait(h->link->fd, POLLOUT, deadline) <= 0)
			return;
		tls_link_flush(h->link);
	}
}

void
handshake_free(struct handshake *h)
{
	gnutls_handshake_set_hook_function(
	    h->tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, NULL);
	handshake_key_free(&h->key);
}
