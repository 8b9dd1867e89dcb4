#include "haild/children/leftovers.h"

#include <signal.h>
#include <unistd.h>

#include "lib/pages.h"
#include "lib/process.h"

int
leftovers_create(struct leftovers *l)
{
	l->n = 0;
	l->sids = pages_map_own(LEFTOVERS_MAX * sizeof(*l->sids));
	return l->sids == NULL ? -1 : 0;
}

bool
leftovers_note(struct leftovers *l, pid_t sid)
{
	if (l->n < LEFTOVERS_MAX)
		l->sids[l->n++] = sid;
	return l->n == LEFTOVERS_MAX;
}

/* The entry of SID, or NULL; negative once a process of it was found. */
static pid_t *
noted(const struct leftovers *l, pid_t sid)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->sids[i] == sid || l->sids[i] == -sid)
			return &l->sids[i];
	return NULL;
}

struct sweep {
	struct leftovers *leftovers;
	bool (*is_live)(void *, pid_t);
	void *arg;
};

/* Kill PID if it belongs to a session that has ended. */
static bool
sweep_one(void *arg, pid_t pid)
{
	struct sweep *s = arg;
	pid_t sid = getsid(pid), group, *entry;

	if (sid == -1 || sid == pid ||
	    (entry = noted(s->leftovers, sid)) == NULL ||
	    s->is_live(s->arg, sid))
		return false;
	/* A group lies within one session: kill all of it. */
	group = getpgid(pid);
	if (group <= 1 || kill(-group, SIGKILL) == -1)
		kill(pid, SIGKILL);
	/* Its children become ours: the next sweep sees them. */
	*entry = -sid;
	return true;
}

int
leftovers_sweep(struct leftovers *l, bool (*is_live)(void *, pid_t), void *arg)
{
	struct sweep s = { l, is_live, arg };
	size_t i, kept = 0;
	int killed;

	if (l->n == 0)
		return 0;
	if ((killed = process_each_child(sweep_one, &s)) == -1)
		return -1;
	/* Keep the sessions of which a process was found. */
	for (i = 0; i < l->n; i++)
		if (l->sids[i] < 0)
			l->sids[kept++] = -l->sids[i];
	l->n = kept;
	return killed;
}
