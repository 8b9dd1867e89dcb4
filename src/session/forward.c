#include "session/forward.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
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
#include "session/spawn.h"

/* The descriptors while it copies; the client is 0. */
enum { CHANNEL = 3, TARGET };

/* Report OUTCOME and TEXT through CHANNEL, and exit. */
static void __attribute__((noreturn))
finish(int channel, enum outcome_kind kind, int number, const char *text)
{
	const struct outcome outcome = { kind, number };

	channel_report(channel, outcome, text);
	_exit(kind == OUTCOME_EXIT ? EXIT_SUCCESS : EX_UNAVAILABLE);
}

/* Make the descriptors CHANNEL and TARGET, and close all others from 3 up. */
static void
arrange(int channel, int target)
{
	channel = fcntl(channel, F_DUPFD_CLOEXEC, TARGET + 1);
	target = fcntl(target, F_DUPFD_CLOEXEC, TARGET + 1);
	if (channel == -1 || target == -1 || dup2(channel, CHANNEL) == -1 ||
	    dup2(target, TARGET) == -1)
		_exit(EX_OSERR);
	close_range(TARGET + 1, UINT_MAX, 0);
}

/*
 * The client that the target is told about, and its side of the connection.
 * Returns what is known of them.
 */
static enum proxy_kind
find_client(const struct session *s, const struct service *own,
    struct client *client, struct addr *local)
{
	*client = *s->client;
	if (client->tls != NULL) {
		*local = client->tls->local;
		return (enum proxy_kind)client->tls->preamble;
	}
	environment_local(STDIN_FILENO, local, own->name);
	if (!client->proxied)
		return PROXY_TCP;
	if (confine_connecting(s->channel, CHANNEL) == -1) {
		log_err("%s: cannot restrict system calls", own->name);
		_exit(EX_OSERR);
	}
	return preamble_pass(s->channel, own, s->accepted, client, local);
}

static void __attribute__((noreturn))
copy(const struct service *own, const char *to)
{
	struct forward_pump pump = { .client = STDIN_FILENO,
		.target = TARGET,
		.channel = CHANNEL,
		.idle = own->idle_timeout };
	enum outcome_kind how = forward_pump(&pump);

	channel_bytes(CHANNEL, pump.in, pump.out);
	finish(CHANNEL, how, 0, to);
}

void
forward_serve(const struct session *s)
{
	char text[REPORT_MAX];
	struct forward_targets targets;
	struct forward_header header;
	struct identity identity;
	struct client client;
	struct service own;
	struct addr local;
	enum proxy_kind kind;
	int fd, error;

	if (fds_set_stdio(s->fd, s->fd, s->devnull) == -1 || chdir("/") == -1)
		_exit(EX_OSERR);
	forward_targets_prepare(&targets, s);
	if (spawn_confine(s->service, true, s->empty) == -1)
		_exit(EX_OSERR);
	fds_close_others(&s->channel, 1);
	signals_in_child();
	spawn_forget_config(s, &own, &identity);
	environment_set_title(own.name, s->client);
	kind = find_client(s, &own, &client, &local);
	forward_header_make(&header, &own, kind, &client, &local, s->id);
	fd = forward_connect(&targets, &own, text, sizeof(text), &error);
	if (fd == -1)
		finish(s->channel, OUTCOME_NO_TARGET, error, text);
	arrange(s->channel, fd);
	if (confine_forwarding(CHANNEL) == -1)
		_exit(EX_OSERR);
	if (forward_header_send(&header, TARGET, own.connect_timeout) == -1)
		finish(CHANNEL, OUTCOME_TARGET_RESET, 0, text);
	copy(&own, text);
}
