#include "haild/children/linger.h"

#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "haild/children/linger_process.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/pages.h"

#define SILENCE SECOND /* after a ping, until it is replaced */
#define PING_PAUSE (SECOND / 2)
#define RETRY (SECOND / 100) /* of what could not be sent */
#define KEEP (SECOND / 50)   /* sockets, to be sent with the next ends */
#define FILES_MIN ((size_t)4 * LINGER_BATCH)

int
linger_create(struct lingering *l)
{
	int i;

	for (i = 0; i < LINGER_PROCESSES; i++)
		l->processes[i].fd = -1;
	l->ends = pages_map_own(LINGER_ENDS_MAX * sizeof(*l->ends));
	return l->ends == NULL ? -1 : 0;
}

/* --- one process --- */

/* The kernel closes its sockets at once. */
static void
end_process(struct linger_process *p)
{
	if (p->fd == -1)
		return;
	kill(p->pid, SIGKILL);
	close(p->fd);
	*p = (struct linger_process) { .fd = -1 };
}

static void
lose_process(struct linger_process *p, const char *why)
{
	log_warnx("the linger process %s; starting another one", why);
	end_process(p);
}

/* Returns false if there is no room in the channel now. */
static bool
tell(struct linger_process *p, enum linger_message type)
{
	p->used = true;
	return message_send(p->fd, type, NULL, 0, MSG_DONTWAIT) == 0;
}

static void
start_process(struct lingering *l, const struct linger_start *common)
{
	struct linger_process *p = &l->processes[LINGER_NOW];
	struct linger_start start = *common;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		log_warn("linger: cannot create a channel");
		return;
	}
	start.channel = pair[1];
	if ((p->pid = fork()) == 0)
		linger_process_run(&start);
	close(pair[1]);
	if (p->pid == -1) {
		log_warn("linger: cannot fork");
		close(pair[0]);
		p->pid = 0;
		return;
	}
	p->fd = pair[0];
}

/* Ping P if MAY_PING, or give it up.  Returns when that is due; -1: never. */
static int64_t
expire_process(struct linger_process *p, bool may_ping, int64_t now)
{
	if (p->awaited && now >= p->pinged + SILENCE)
		lose_process(p, "does not answer");
	if (p->fd == -1 || (!p->awaited && (!p->used || !may_ping)))
		return -1;
	if (!p->awaited && now >= p->pinged + PING_PAUSE) {
		/* No room: then it has not read for long. */
		tell(p, LINGER_PING);
		p->used = false;
		p->awaited = true;
		p->pinged = now;
	}
	return p->pinged + (p->awaited ? SILENCE : PING_PAUSE);
}

/* LINGER_BEFORE, and after linger_finish both, end by themselves. */
static void
process_ended(struct lingering *l, int i)
{
	struct linger_process *p = &l->processes[i];

	if (i == LINGER_NOW && l->wanted)
		lose_process(p, "ended");
	end_process(p);
}

/* Once it is reaped its pid must not be killed: another process may have it. */
bool
linger_exited(struct lingering *l, pid_t pid)
{
	int i;

	for (i = 0; i < LINGER_PROCESSES; i++)
		if (l->processes[i].fd != -1 && l->processes[i].pid == pid) {
			process_ended(l, i);
			return true;
		}
	return false;
}

void
linger_receive(struct lingering *l, int i)
{
	struct linger_process *p = &l->processes[i];
	uint32_t dropped;
	struct message m;

	switch (message_receive(p->fd, linger_messages,
	    p->awaited ? MESSAGE_BIT(LINGER_PONG) : 0, &m, &dropped,
	    sizeof(dropped), MSG_DONTWAIT)) {
	case MESSAGE_OK:
		p->awaited = false;
		if (dropped > 0)
			log_warnx(
			    "linger: %u sessions end without lingering: no "
			    "descriptors left",
			    dropped);
		break;
	case MESSAGE_NONE:
		break;
	case MESSAGE_END:
		process_ended(l, i);
		break;
	case MESSAGE_BAD:
		lose_process(p, "sent an invalid message");
	}
}

/* --- sockets and ends --- */

static bool
keep(struct lingering *l, const struct linger_name *name, int fd)
{
	if (l->processes[LINGER_NOW].fd == -1) {
		close(fd);
		return false;
	}
	if (l->nsockets == LINGER_BATCH)
		linger_send(l);
	if (l->nsockets == 0)
		l->send_at = clock_now() + KEEP;
	l->sockets[l->nsockets] = fd;
	l->names[l->nsockets++] = *name;
	return true;
}

bool
linger_hold(struct lingering *l, const struct linger_name *name, int fd)
{
	return keep(l, name, fd);
}

void
linger_refused(struct lingering *l, int fd)
{
	keep(l, &(struct linger_name) { 0, 0 }, fd);
}

void
linger_end(struct lingering *l, const struct linger_name *name)
{
	int i;

	if (l->nends == LINGER_ENDS_MAX) {
		for (i = 0; i < LINGER_PROCESSES; i++)
			if (l->processes[i].fd != -1)
				lose_process(&l->processes[i], "is too slow");
		l->nends = 0;
	}
	l->ends[l->nends++] = *name;
}

/* Send the sockets if WITH_SOCKETS, and the first NENDS.  Returns 0, or -1. */
static int
send_turn(struct lingering *l, bool with_sockets, uint32_t nends)
{
	struct linger_name names[LINGER_NAMES];
	uint32_t nsockets = with_sockets ? l->nsockets : 0, n;
	struct linger_process *p;
	int i, result = 0;

	memcpy(names, l->names, nsockets * sizeof(*names));
	memcpy(names + nsockets, l->ends, nends * sizeof(*names));
	for (i = 0; i < LINGER_PROCESSES; i++) {
		p = &l->processes[i];
		/* Sessions of a process before are known to it alone. */
		n = i == LINGER_NOW ? nsockets : 0;
		if (p->fd == -1 || n + nends == 0)
			continue;
		p->used = true;
		if (message_send_fds(p->fd, LINGER_TURN, names + nsockets - n,
			(n + nends) * sizeof(*names), l->sockets, n,
			MSG_DONTWAIT) == -1)
			result = -1;
	}
	return result;
}

static uint32_t
next_ends(const struct lingering *l)
{
	return l->nends < LINGER_BATCH ? l->nends : LINGER_BATCH;
}

static void
forget_ends(struct lingering *l, uint32_t n)
{
	l->nends -= n;
	memmove(l->ends, l->ends + n, l->nends * sizeof(*l->ends));
}

/* An end that was sent twice does no harm, but one that was not sent would. */
void
linger_send(struct lingering *l)
{
	uint32_t n = next_ends(l), i;

	if (l->nsockets + n == 0)
		return;
	if (send_turn(l, true, n) == 0)
		forget_ends(l, n);
	for (i = 0; i < l->nsockets; i++)
		close(l->sockets[i]);
	l->nsockets = 0;
	while ((n = next_ends(l)) > 0 && send_turn(l, false, n) == 0)
		forget_ends(l, n);
}

void
linger_turn(struct lingering *l, int64_t now)
{
	if (l->nends > 0 || (l->nsockets > 0 && now >= l->send_at))
		linger_send(l);
}

bool
linger_is_behind(const struct lingering *l)
{
	return l->nends > 0;
}

bool
linger_hand_over(struct lingering *l)
{
	int i;

	linger_send(l);
	l->handing_over = true;
	for (i = 0; i < LINGER_PROCESSES; i++)
		if (l->processes[i].awaited)
			return false;
	return !linger_is_behind(l);
}

/* --- the process for new sessions --- */

void
linger_renew(struct lingering *l)
{
	struct linger_process *now = &l->processes[LINGER_NOW];
	struct linger_process *before = &l->processes[LINGER_BEFORE];

	if (now->fd == -1)
		return;
	if ((l->renew = before->fd != -1))
		return;
	linger_send(l);
	*before = *now;
	*now = (struct linger_process) { .fd = -1 };
	if (!tell(before, LINGER_FINISH))
		end_process(before);
	l->started = 0;
}

void
linger_want(struct lingering *l, const struct config *config)
{
	size_t i;

	l->wanted = false;
	for (i = 0; i < config->nservices && !l->wanted; i++)
		l->wanted = config_needs_linger(&config->services[i]);
	if (l->wanted && linger_process_files() < FILES_MIN) {
		log_warnx(
		    "linger: the limit of descriptors is below %zu: "
		    "answers may be lost",
		    FILES_MIN);
		l->wanted = false;
	}
	if (!l->wanted)
		linger_renew(l);
}

int64_t
linger_expire(struct lingering *l, const struct config *config,
    const struct arena *arena, int devnull, int empty, int64_t now)
{
	/*
	 * An upgrade waits for the answer to a ping, and no relay starts
	 * meanwhile.  If a slow process were pinged again at once after each
	 * answer, the upgrade would wait for ever.
	 */
	bool may_ping = !l->handing_over || linger_is_behind(l);
	int64_t next = -1;
	int i;

	l->handing_over = false;
	for (i = 0; i < LINGER_PROCESSES; i++)
		next = clock_sooner(
		    next, expire_process(&l->processes[i], may_ping, now));
	if (l->renew && l->processes[LINGER_BEFORE].fd == -1)
		linger_renew(l);
	if (l->wanted && l->processes[LINGER_NOW].fd == -1) {
		if (l->started == 0 || now >= l->started + SECOND) {
			l->started = now;
			start_process(l,
			    &(struct linger_start) { .devnull = devnull,
				.empty = empty,
				.daemon = getpid(),
				.identity = &config->linger,
				.arena = arena });
		}
		if (l->processes[LINGER_NOW].fd == -1)
			next = clock_sooner(next, l->started + SECOND);
	}
	if (l->nsockets > 0)
		next = clock_sooner(next, l->send_at);
	return linger_is_behind(l) ? clock_sooner(next, now + RETRY) : next;
}

void
linger_finish(struct lingering *l)
{
	int i;

	l->wanted = false;
	linger_send(l);
	for (i = 0; i < LINGER_PROCESSES; i++)
		if (l->processes[i].fd != -1)
			tell(&l->processes[i], LINGER_FINISH);
}

bool
linger_runs(const struct lingering *l)
{
	return l->processes[LINGER_NOW].fd != -1 ||
	    l->processes[LINGER_BEFORE].fd != -1;
}
