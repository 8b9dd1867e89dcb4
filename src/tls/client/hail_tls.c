/*
 * hail_tls.c -- hail-tls, which hail executes for TLS.
 *
 * It reads its files, confines itself, does the handshake over the connection
 * that hail has made, reports, and copies.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/io.h"
#include "tls/client/facts.h"
#include "tls/client/handshake.h"
#include "tls/client/report.h"
#include "tls/pump.h"

#define NAME "hail-tls"

/*
 * How long hail-tls may send the remaining data, and wait for the server's end,
 * after hail has exited.
 */
#define GRACE (5 * SECOND)

/*
 * From here on, a server that takes over this process gets its memory and
 * descriptors, but cannot open files, execute programs or connect.
 */
static void
set_up_process(void)
{
	const struct rlimit none = { 0, 0 };
	int on = 1;

	/* A short record must not wait for the server's acknowledgement. */
	setsockopt(
	    TLS_HELPER_SERVER, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	tzset(); /* reads its file before files are given up */
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		client_fail(
		    HAIL_TLS, "cannot set no_new_privs: %s", strerror(errno));
	/* An old kernel may have no Landlock or seccomp: continue without. */
	landlock_deny_all(false);
	confine_relaying(TLS_HELPER_CHANNEL, TLS_HELPER_CHANNEL);
}

static void
report_ready(struct client *c)
{
	char text[TLS_REPORT_TEXT_MAX];
	gnutls_x509_crt_t crt = facts_certificate(c->tls);
	gnutls_datum_t protocol;

	c->verdict.status = HAIL_ENDED;
	/* RFC 7301, 3.1: the server can select only what was offered. */
	c->verdict.alpn =
	    gnutls_alpn_get_selected_protocol(c->tls, &protocol) == 0;
	if (c->arguments.show)
		facts_show(text, sizeof(text), c->tls, crt);
	else
		facts_session(text, sizeof(text), c->tls);
	gnutls_x509_crt_deinit(crt);
	client_report(&c->verdict, TLS_READY, "%s", text);
}

/* For pump_run. */
static void
report_end(void *arg, enum pump_notice what, int alert)
{
	struct tls_report r = { .status = HAIL_ENDED };
	char text[512] = "";

	(void)arg;
	if (what == PUMP_ALERT)
		r.status = client_alert_text(text, sizeof(text), alert);
	else if (what == PUMP_TRUNCATED) {
		r.status = HAIL_BROKEN;
		snprintf(text, sizeof(text),
		    "truncated: the server closed the connection without "
		    "ending TLS (no close_notify), so data may be missing");
	} else if (what == PUMP_RESET) {
		r.status = HAIL_BROKEN;
		snprintf(
		    text, sizeof(text), "connection lost: the server reset it");
	} else if (what == PUMP_BROKEN) {
		r.status = HAIL_TLS;
		snprintf(
		    text, sizeof(text), "the server violated the TLS protocol");
	}
	client_report(&r, TLS_ENDED, "%s", text);
}

static void
copy(struct client *c)
{
	struct pump p = { .tls = c->tls,
		.net = TLS_HELPER_SERVER,
		.stream = TLS_HELPER_STREAM,
		.control = TLS_HELPER_CHANNEL,
		.grace = GRACE,
		.reset = true,
		.notice = report_end };

	pump_run(&p);
}

/* The part that runs confined. */
static void
serve(struct client *c)
{
	if (!client_handshake(c))
		return;
	report_ready(c);
	if (c->arguments.show)
		gnutls_bye(c->tls, GNUTLS_SHUT_WR);
	else
		copy(c);
}

int
main(int argc, char **argv)
{
	static struct client c;

	if (argc < 2 || fcntl(TLS_HELPER_CHANNEL, F_GETFD) == -1) {
		fputs(
		    "hail-tls: hail(1) runs this program by itself\n", stderr);
		return 1;
	}
	/* Executed by descriptor, it has a number as its name. */
	prctl(PR_SET_NAME, NAME);
	signal(SIGPIPE, SIG_IGN);
	/*
	 * GnuTLS would open this file after the filter forbids it, and be
	 * killed.
	 */
	unsetenv("SSLKEYLOGFILE");
	if (!client_arguments_read(&c.arguments, argv + 1))
		client_fail(HAIL_TLS, "hail-tls: unknown argument");
	client_session_make(&c);
	set_up_process();
	serve(&c);
	/* Not _exit(2): before it the address sanitizer makes other calls. */
	for (;;)
		syscall(__NR_exit_group, 0);
}
