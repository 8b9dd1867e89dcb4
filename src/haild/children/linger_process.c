#include "haild/children/linger_process.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"

#define EVENTS 64

const struct message_kind linger_messages[] = {
	{ LINGER_TURN, 0, LINGER_NAMES * sizeof(struct linger_name),
	    MESSAGE_ANY_FDS },
	{ LINGER_PING, 0, 0, 0 },
	{ LINGER_PONG, sizeof(uint32_t), sizeof(uint32_t), 0 },
	{ LINGER_FINISH, 0, 0, 0 },
	{ 0, 0, 0, 0 },
};

struct process {
	struct linger_table table;
	int channel;
	bool finishing;
	int status; /* to exit with; -1: goes on */
};

static void
take_turn(struct process *p, const struct message *m,
    const struct linger_name *names, int64_t now)
{
	size_t n = m->length / sizeof(*names), i;

	if (m->nfds > n) {
		p->status = EX_PROTOCOL;
		return;
	}
	for (i = 0; i < m->nfds; i++)
		linger_table_add(&p->table, &names[i], m->fds[i], now);
	for (; i < n; i++)
		linger_table_end(&p->table, &names[i], now);
}

static void
answer(struct process *p)
{
	if (message_send(p->channel, LINGER_PONG, &p->table.dropped,
		sizeof(p->table.dropped), MSG_DONTWAIT) == 0)
		p->table.dropped = 0;
}

/* One message: epoll tells whether there are more. */
static void
receive(struct process *p)
{
	struct linger_name names[LINGER_NAMES];
	struct message m;

	linger_table_make_room(&p->table, LINGER_BATCH);
	switch (message_receive(p->channel, linger_messages,
	    MESSAGE_BIT(LINGER_TURN) | MESSAGE_BIT(LINGER_PING) |
		MESSAGE_BIT(LINGER_FINISH),
	    &m, names, sizeof(names), MSG_DONTWAIT)) {
	case MESSAGE_OK:
		break;
	case MESSAGE_NONE:
		return;
	case MESSAGE_END:
		p->status = EXIT_SUCCESS;
		return;
	case MESSAGE_BAD:
		p->status = EX_PROTOCOL;
		return;
	}
	if (m.type == LINGER_TURN)
		take_turn(p, &m, names, clock_now());
	else if (m.type == LINGER_PING)
		answer(p);
	else
		p->finishing = true;
}

static void
serve(struct process *p)
{
	struct epoll_event events[EVENTS];
	int64_t due, left;
	int i, n;

	while (p->status == -1) {
		due = linger_table_expire(&p->table, clock_now());
		if (p->finishing && linger_table_is_empty(&p->table))
			return;
		left = due == -1 ? -1 : due - clock_now();
		/* Rounded up: not before the deadline. */
		n = epoll_wait(p->table.epoll, events, EVENTS,
		    due == -1	    ? -1
			: left <= 0 ? 0
				    : (int)(left / (SECOND / 1000)) + 1);
		for (i = 0; i < n; i++)
			if (events[i].data.ptr != NULL)
				linger_table_ready(
				    &p->table, events[i].data.ptr);
			else
				receive(p);
	}
}

/* --- the beginning --- */

size_t
linger_process_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return 0;
	return rl.rlim_max > INT_MAX ? INT_MAX : (size_t)rl.rlim_max;
}

static void __attribute__((noreturn)) fail(const char *what)
{
	log_err("linger: cannot %s", what);
	_exit(EX_OSERR);
}

/* Signals that others send to all processes of haild are not for this one. */
static void
set_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGTERM, SIGHUP, SIGINT,
		SIGUSR1, SIGUSR2 };
	size_t i;

	signals_in_child();
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

static void
prepare(struct process *p, const struct linger_start *start)
{
	struct epoll_event ev = { .events = EPOLLIN };
	size_t files = linger_process_files();
	const struct rlimit rl = { files, files };
	const int keep[] = { start->channel, start->empty };

	/* A session of its own: Ctrl-C is for the daemon alone. */
	if (setsid() == -1)
		fail("create a process session");
	setproctitle("linger");
	if (fds_set_stdio(start->devnull, start->devnull, start->devnull) == -1)
		fail("open /dev/null");
	fds_close_others(keep, start->empty == -1 ? 1 : 2);
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		fail("set limit-nofile");
	if (linger_table_create(&p->table, files) == -1 ||
	    epoll_ctl(p->table.epoll, EPOLL_CTL_ADD, p->channel, &ev) == -1)
		fail("create the table of sockets");
}

void
linger_process_run(const struct linger_start *start)
{
	const struct confinement confinement = { .name = "linger",
		.identity = start->identity,
		.root = start->empty != -1 ? start->empty : CONFINE_NO_FILES,
		.limits = true,
		.parent = start->daemon };
	struct process p = { .channel = start->channel, .status = -1 };

	set_signals();
	prepare(&p, start);
	if (confine(&confinement) == -1)
		_exit(EX_NOPERM);
	munmap(start->arena->base, ARENA_SIZE);
	if (start->empty != -1)
		close(start->empty);
	if (confine_lingering(p.channel) == -1)
		fail("restrict system calls");
	serve(&p);
	/* Not _exit(2): before it the address sanitizer makes other calls. */
	for (;;)
		syscall(
		    __NR_exit_group, p.status == -1 ? EXIT_SUCCESS : p.status);
}
