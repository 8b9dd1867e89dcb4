#include "tls/server/process.h"

#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/signals.h"

/*
 * Ignore the signals that administrators send to all processes of haild, and
 * SIGXFSZ, which a full log would cause.
 */
static void
set_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGTERM, SIGHUP, SIGINT,
		SIGUSR1, SIGUSR2, SIGXFSZ };
	size_t i;

	signals_in_child();
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

void
tls_process_begin(
    struct tls_process *p, const char *name, int channel, int config)
{
	struct message m;

	set_signals();
	/* A process session of its own: Ctrl-C must reach only the daemon. */
	setsid();
	setproctitle("%s", name);
	if (message_receive(channel, keeper_kinds, MESSAGE_BIT(KEEPER_START),
		&m, &p->start, sizeof(p->start), 0) != MESSAGE_OK)
		_exit(EX_PROTOCOL);
	log_set(&p->start.log);
	p->arena = (struct arena) { .fd = config, .slot = p->start.slot };
	if (arena_map(&p->arena) == NULL) {
		log_err("%s: cannot map the configuration", name);
		_exit(EX_OSERR);
	}
	if ((p->config = config_check(&p->arena)) == NULL) {
		log_errx("%s: the configuration is of another build", name);
		_exit(EX_TEMPFAIL);
	}
}
