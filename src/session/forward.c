#include "session/forward.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"
#include "session/channel.h"
#include "session/environment.h"
#include "session/forward_connect.h"
#include "session/forward_header.h"
#include "session/forward_pump.h"
#include "session/preamble.h"
#include "session/relay_channel.h"
#include "session/spawn.h"

/* The descriptors while it copies; the client is 0. */
enum { CHANNEL = 3, TARGET };

/* How long a client without a target may take to close, as in run.c. */
#define LINGER (5 * SECOND)

/*
 * No target accepts: report OUTCOME and TEXT, and end the connection.  Discards
 * what the client sends: with unread input, close(2) would reset it.
 */
static void __attribute__((noreturn))
end_without_target(const struct outcome *outcome, const char *text)
{
	channel_report(CHANNEL, *outcome, text);
	if (outcome->kind != OUTCOME_DISCONNECT &&
	    confine_serving(STDIN_FILENO, CHANNEL) == 0)
		io_close_lingering(STDIN_FILENO, LINGER);
	_exit(EX_UNAVAILABLE);
}

/* Report a filter that cannot be installed; the log is closed. */
static void __attribute__((noreturn)) end_unconfined(void)
{
	const struct outcome outcome = { OUTCOME_START, errno };

	channel_report(CHANNEL, outcome, "cannot restrict system calls");
	_exit(EX_OSERR);
}

/* Give up privileges, and close all but the client, CHANNEL and T. */
static void
confine_session(const struct session *s, struct forward_targets *t,
    struct service *own, struct addr *local)
{
	struct identity identity;

	if (fds_set_stdio(s->fd, s->fd, s->devnull) == -1 || chdir("/") == -1)
		_exit(EX_OSERR);
	forward_targets_prepare(t, s);
	if (spawn_confine(s->service, true, s->empty) == -1)
		_exit(EX_OSERR);
	if (s->client->tls != NULL)
		*local = s->client->tls->local;
	else
		environment_local(STDIN_FILENO, local, s->service->name);
	signals_in_child();
	spawn_forget_config(s, own, &identity);
	environment_set_title(own->name, s->client);
	/* This may close the log, but no directory: these are above CHANNEL. */
	if (dup2(s->channel, CHANNEL) == -1) {
		log_err("%s: cannot copy the channel", own->name);
		_exit(EX_OSERR);
	}
	forward_targets_keep(t, CHANNEL);
}

/*
 * Find the client and the address that it connected to, for the header of the
 * target.  Returns which of these are known.
 */
static enum proxy_kind
find_client(const struct session *s, const struct service *own,
    struct client *client, struct addr *local)
{
	enum proxy_kind kind;

	*client = *s->client;
	if (client->tls != NULL)
		return (enum proxy_kind)client->tls->preamble;
	if (!client->proxied)
		return PROXY_TCP;
	if (confine_connecting(CHANNEL) == -1)
		end_unconfined();
	kind = preamble_pass(CHANNEL, own, s->accepted, client, local);
	if (kind == PROXY_TCP)
		environment_set_title(own->name, client);
	return kind;
}

/* The header was not sent (errno): reset the client, and write why to TEXT. */
static void
fail_header(const struct forward_pump *pump, const char *to, char *text)
{
	strlcpy(text, to + strlen("to "), REPORT_MAX);
	strlcat(text, ": cannot send the PROXY header: ", REPORT_MAX);
	strlcat(text, strerror(errno), REPORT_MAX);
	if (pump->client_is_tcp)
		forward_reset(pump->client);
}

/*
 * Send the header, copy, and report.  With TLS, the daemon tells the relay if
 * the session was not complete; the relay must not read an end before that.
 */
static void __attribute__((noreturn))
copy(struct forward_pump *pump, const struct forward_header *header,
    int64_t timeout, bool tls, const char *to)
{
	char failure[REPORT_MAX];
	struct outcome how = { OUTCOME_NONE, 0 };

	if (forward_header_send(header, TARGET, timeout, &how) == 0)
		how.kind = forward_pump(pump);
	else {
		fail_header(pump, to, failure);
		to = failure;
	}
	if (how.kind == OUTCOME_SIGNAL)
		how.number = pump->signal;
	channel_report(CHANNEL, how, to);
	if (how.kind == OUTCOME_EXIT)
		_exit(EXIT_SUCCESS);
	if (tls)
		io_wait(pump->client, 0, clock_now() + RELAY_GRACE);
	_exit(EX_UNAVAILABLE);
}

void
forward_serve(const struct session *s)
{
	struct forward_pump pump = { .client = STDIN_FILENO, .target = TARGET };
	char text[REPORT_MAX];
	struct forward_targets targets;
	struct forward_header header;
	struct outcome outcome;
	struct client client;
	struct service own;
	struct addr local;
	enum proxy_kind kind;
	int fd;

	confine_session(s, &targets, &own, &local);
	kind = find_client(s, &own, &client, &local);
	forward_header_make(&header, &own, kind, &client, &local, s->id);
	fd = forward_connect(&targets, STDIN_FILENO, own.connect_timeout,
	    &outcome, text, sizeof(text));
	if (fd == -1)
		end_without_target(&outcome, text);
	environment_add_title(text);
	if (dup2(fd, TARGET) == -1)
		_exit(EX_OSERR);
	close_range(TARGET + 1, UINT_MAX, 0);
	pump.channel = client.tls == NULL ? CHANNEL : -1;
	pump.idle = own.idle_timeout;
	pump.keepalive = own.tcp_keepalive;
	forward_pump_prepare(&pump);
	if (confine_forwarding(CHANNEL) == -1)
		end_unconfined();
	copy(&pump, &header, own.connect_timeout, client.tls != NULL, text);
}
