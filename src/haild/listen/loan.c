/*
 * loan.c -- the sockets that children of services with "wait" have.
 */

#include "haild/listen/loan.h"

#include <fcntl.h>

#include "lib/io.h"
#include "lib/log.h"

void
loan_begin(struct listener *l, pid_t pid)
{
	l->loan.pid = pid;
}

/* One more start is over: when may the next one be? */
static void
pace(struct listener *l, int64_t now)
{
	struct loan *loan = &l->loan;

	if (loan->starts == 0 || now - loan->since > LOAN_PERIOD)
		*loan = (struct loan) { .since = now };
	if (++loan->starts < LOAN_STARTS)
		return;
	loan->pause = loan->pause == 0 ? LOAN_PAUSE_FIRST : loan->pause * 2;
	if (loan->pause > LOAN_PAUSE_LAST)
		loan->pause = LOAN_PAUSE_LAST;
	l->paused_until = now + loan->pause;
	log_warnx("%s: started %u times within a minute: not again for %ds",
	    l->tally->name, loan->starts, (int)(loan->pause / SECOND));
}

struct listener *
loan_end(struct listeners *all, pid_t pid, int64_t now)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < all->n; i++) {
		l = &all->list[i];
		if (l->loan.pid != pid)
			continue;
		l->loan.pid = 0;
		if (l->service != NULL)
			pace(l, now);
		loan_prepare(l);
		return l;
	}
	return NULL;
}

void
loan_prepare(const struct listener *l)
{
	int flags = fcntl(l->fd, F_GETFL), wanted;

	if (l->service == NULL || flags == -1)
		return;
	wanted = l->service->wait ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	if (wanted != flags && fcntl(l->fd, F_SETFL, wanted) == -1)
		log_warn("%s: fcntl", l->service->name);
}
