/*
 * keeper.c -- the process of the keeper: it loads certificates, and makes
 * relays until the daemon closes its channel.
 */

#include "tls/server/keeper.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tls/server/keeper_relay.h"
#include "tls/server/process.h"
#include "tls/signer_channel.h"
#include "tls/server/warm.h"

/* How long the signer may take to load its keys. */
#define SIGNER_START (60 * SECOND)

static void __attribute__((noreturn)) fail(const char *what)
{
	log_err("keeper: cannot %s", what);
	_exit(EX_OSERR);
}

/* Copy the relays' user, because the configuration will be unmapped. */
static const struct identity *
copy_user(const struct identity *from)
{
	size_t size = from->ngroups * sizeof(*from->groups);
	struct identity *to = calloc(1, sizeof(*to));
	gid_t *groups = malloc(size + 1);
	char *name = strdup(from->name != NULL ? from->name : "");

	if (to == NULL || groups == NULL || name == NULL)
		fail("start");
	if (size > 0)
		memcpy(groups, from->groups, size);
	*to = (struct identity) { .name = name,
		.uid = from->uid,
		.gid = from->gid,
		.groups = groups,
		.ngroups = from->ngroups };
	return to;
}

/*
 * Prepare everything that relays share before the first one is cloned: pages
 * that relays do not change exist only once.
 */
static void
load(struct keeper *k)
{
	struct tls_process p;
	int result;

	tls_process_begin(&p, "keeper", KEEPER_DAEMON, KEEPER_CONFIG);
	k->services = tls_services_load(p.config);
	if (k->services == NULL)
		_exit(EX_CONFIG);
	k->nservices = (uint32_t)p.config->nservices;
	if (geteuid() == 0)
		k->user = copy_user(&p.config->tls);
	k->root = p.start.has_root ? KEEPER_ROOT : -1;
	k->daemon = p.start.daemon;
	arena_destroy(&p.arena);
	if (!p.start.has_root)
		close(KEEPER_ROOT);
	if ((result = tls_warm()) < 0)
		log_warnx("keeper: the trial handshake failed: %s",
		    gnutls_strerror(result));
}

/* Meanwhile the daemon may close the channel. */
static void
wait_for_signer(void)
{
	struct pollfd fds[] = { { .fd = KEEPER_DAEMON, .events = POLLRDHUP },
		{ .fd = KEEPER_SIGNER, .events = POLLIN } };
	struct message m;

	if (io_poll(fds, 2, clock_now() + SIGNER_START) <= 0) {
		log_errx("keeper: the signer does not answer");
		_exit(EX_UNAVAILABLE);
	}
	if (fds[0].revents & (POLLRDHUP | POLLHUP))
		_exit(EXIT_SUCCESS);
	/* A signer that fails has logged the reason. */
	if (message_receive(KEEPER_SIGNER, signer_kinds,
		MESSAGE_BIT(SIGNER_READY), &m, NULL, 0, 0) != MESSAGE_OK)
		_exit(EX_UNAVAILABLE);
}

static void
serve_client(const struct keeper *k)
{
	struct keeper_client client;
	struct keeper_relay relay;
	struct message m;
	pid_t pid;

	switch (message_receive(KEEPER_DAEMON, keeper_kinds,
	    MESSAGE_BIT(KEEPER_CLIENT), &m, &client, sizeof(client), 0)) {
	case MESSAGE_OK:
		break;
	case MESSAGE_NONE:
		return;
	case MESSAGE_END:
		_exit(EXIT_SUCCESS);
	case MESSAGE_BAD:
		_exit(EX_PROTOCOL);
	}
	pid = keeper_start_relay(k, &client, m.fds[0], m.fds[1]);
	relay = (struct keeper_relay) { .slot = client.slot,
		.serial = client.serial,
		.pid = pid == -1 ? 0 : pid,
		.error = pid == -1 ? errno : 0 };
	close(m.fds[0]);
	close(m.fds[1]);
	if (message_send(
		KEEPER_DAEMON, KEEPER_RELAY, &relay, sizeof(relay), 0) == -1)
		_exit(EXIT_SUCCESS);
}

void
keeper_run(void)
{
	struct pollfd fds[] = { { .fd = KEEPER_DAEMON, .events = POLLIN },
		{ .fd = KEEPER_SIGNER, .events = POLLRDHUP } };
	static struct keeper k;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fail("forbid tracing");
	load(&k);
	wait_for_signer();
	if (message_send(KEEPER_DAEMON, KEEPER_READY, NULL, 0, 0) == -1)
		_exit(EXIT_SUCCESS);
	for (;;) {
		if (io_poll(fds, 2, -1) == -1)
			fail("poll");
		if (fds[1].revents != 0) {
			log_errx("keeper: the signer has ended");
			_exit(EX_UNAVAILABLE);
		}
		serve_client(&k);
	}
}
