#include "tls/client/report.h"

#include <gnutls/gnutls.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
client_send(const struct tls_report *r, enum tls_helper_type type)
{
	message_send(TLS_HELPER_CHANNEL, type, r,
	    offsetof(struct tls_report, text) + strlen(r->text) + 1, 0);
}

static void __attribute__((format(printf, 3, 0)))
send_report(struct tls_report *r, enum tls_helper_type type, const char *fmt,
    va_list ap)
{
	vsnprintf(r->text, sizeof(r->text), fmt, ap);
	client_send(r, type);
}

void
client_report(
    struct tls_report *r, enum tls_helper_type type, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	send_report(r, type, fmt, ap);
	va_end(ap);
}

void
client_note(const char *fmt, ...)
{
	struct tls_report r = { 0 };
	va_list ap;

	va_start(ap, fmt);
	send_report(&r, TLS_NOTE, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 2, 0)))
report_failure(enum hail_status status, const char *fmt, va_list ap)
{
	struct tls_report r = { .status = status };

	send_report(&r, TLS_FAILED, fmt, ap);
}

void
client_report_failure(enum hail_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_failure(status, fmt, ap);
	va_end(ap);
}

void
client_fail(enum hail_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_failure(status, fmt, ap);
	va_end(ap);
	_exit(1);
}

/*
 * RFC 8446, 6.2.  Any other alert is a failure of TLS.  A TLS 1.2 server that
 * requires a client certificate sends handshake_failure.
 */
static const struct {
	int alert;
	enum hail_status status;
	const char *text;
} alerts[] = {
	{ GNUTLS_A_HANDSHAKE_FAILURE, HAIL_TLS,
	    "the server and hail have no TLS cipher in common, or the server "
	    "requires a client certificate (-i)" },
	{ GNUTLS_A_PROTOCOL_VERSION, HAIL_TLS,
	    "the server has neither TLS 1.3 nor 1.2" },
	{ GNUTLS_A_INSUFFICIENT_SECURITY, HAIL_TLS,
	    "the server requires stronger ciphers than hail has" },
	{ GNUTLS_A_INTERNAL_ERROR, HAIL_TLS,
	    "the server failed in the TLS handshake (alert internal_error)" },
	{ GNUTLS_A_UNRECOGNIZED_NAME, HAIL_TLS,
	    "the server has no certificate for this name; see --server-name" },
	{ GNUTLS_A_NO_APPLICATION_PROTOCOL, HAIL_TLS,
	    "the server requires an application protocol (ALPN), and hail "
	    "offers none" },
	{ GNUTLS_A_CERTIFICATE_REQUIRED, HAIL_REFUSED,
	    "refused by the server: it requires a client certificate (-i, or "
	    "--enrol)" },
	{ GNUTLS_A_BAD_CERTIFICATE, HAIL_REFUSED,
	    "refused by the server: it does not accept this client's "
	    "certificate" },
	{ GNUTLS_A_UNSUPPORTED_CERTIFICATE, HAIL_REFUSED,
	    "refused by the server: this client's certificate is of a wrong "
	    "type or purpose" },
	{ GNUTLS_A_CERTIFICATE_REVOKED, HAIL_REFUSED,
	    "refused by the server: this client's certificate is revoked" },
	{ GNUTLS_A_CERTIFICATE_EXPIRED, HAIL_REFUSED,
	    "refused by the server: this client's certificate has expired, or "
	    "is not yet valid" },
	{ GNUTLS_A_CERTIFICATE_UNKNOWN, HAIL_REFUSED,
	    "refused by the server: it does not know this client's "
	    "certificate" },
	{ GNUTLS_A_UNKNOWN_CA, HAIL_REFUSED,
	    "refused by the server: it does not know the CA of this client's "
	    "certificate" },
	{ GNUTLS_A_ACCESS_DENIED, HAIL_REFUSED,
	    "refused by the server: this client has no access" },
};

enum hail_status
client_alert_text(char *text, size_t size, int alert)
{
	const char *name =
	    gnutls_alert_get_name((gnutls_alert_description_t)alert);
	size_t i;

	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].alert == alert) {
			snprintf(text, size, "%s", alerts[i].text);
			return alerts[i].status;
		}
	snprintf(text, size, "the server ended TLS with alert %d: %s", alert,
	    name != NULL ? name : "unknown");
	return HAIL_TLS;
}
