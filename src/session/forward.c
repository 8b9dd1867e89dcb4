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

/* How long it waits for a client without a target to close, as in run.c. */
#define LINGER (5 * SECOND)

/*
 * There is no target, as OUTCOME and TEXT say.  What the client has sent is
 * discarded: with unread input, close(2) would reset the connection.
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

/* A failure that cannot be logged any more. */
static void __attribute__((noreturn)) end_unconfined(void)
{
	const struct outcome outcome = { OUTCOME_START, errno };

	channel_report(CHANNEL, outcome, "cannot restrict system calls");
	_exit(EX_OSERR);
}

/* Become what reads the client: confined, with CHANNEL and T's directories. */
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
	/* Directories are above CHANNEL.  The log may be there. */
	if (dup2(s->channel, CHANNEL) == -1) {
		log_err("%s: cannot copy the channel", own->name);
		_exit(EX_OSERR);
	}
	forward_targets_keep(t, CHANNEL);
}

/* The client that the target is told about.  Returns what is known of it. */
static enum proxy_kind
find_client(const struct session *s, const struct service *own,
    struct client *client, struct addr *local)
{
	*client = *s->client;
	if (client->tls != NULL)
		return (enum proxy_kind)client->tls->preamble;
	if (!client->proxied)
		return PROXY_TCP;
	if (confine_connecting(CHANNEL) == -1)
		end_unconfined();
	return preamble_pass(CHANNEL, own, s->accepted, client, local);
}

/*
 * Send the header, copy, and report.  Over TLS the relay counts, and learns
 * from the daemon if the session was not complete; it must not read an end
 * before that.
 */
static void __attribute__((noreturn))
copy(struct forward_pump *pump, const struct forward_header *header,
    int64_t timeout, bool tls, const char *to)
{
	struct outcome how = { .kind = OUTCOME_TARGET_RESET };

	if (forward_header_send(header, TARGET, timeout) == 0)
		how.kind = forward_pump(pump);
	else if (pump->client_is_tcp)
		forward_reset(pump->client);
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
