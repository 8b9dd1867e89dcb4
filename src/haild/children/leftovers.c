/*
 * leftovers.c -- processes that a session left behind in groups of their own.
 */

#include "haild/children/leftovers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/pages.h"

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

/* Where SID is noted, or NULL; negative once something of it was found. */
static pid_t *
noted(const struct leftovers *l, pid_t sid)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->sids[i] == sid || l->sids[i] == -sid)
			return &l->sids[i];
	return NULL;
}

/* Keep those of which something was found. */
static void
forget_others(struct leftovers *l)
{
	size_t i, kept = 0;

	for (i = 0; i < l->n; i++)
		if (l->sids[i] < 0)
			l->sids[kept++] = -l->sids[i];
	l->n = kept;
}

int
leftovers_sweep(struct leftovers *l, bool (*is_live)(void *, pid_t), void *arg)
{
	pid_t sid, group, *entry;
	char *word = NULL;
	size_t size = 0;
	int killed = 0;
	pid_t pid;
	FILE *f;

	if (l->n == 0)
		return 0;
	/* proc(5): the children that are not reaped, adopted ones too */
	if ((f = fopen("/proc/thread-self/children", "re")) == NULL)
		return -1;
	while (getdelim(&word, &size, ' ', f) > 0) {
		if ((pid = (pid_t)strtol(word, NULL, 10)) <= 1)
			continue;
		if ((sid = getsid(pid)) == -1 || sid == pid ||
		    (entry = noted(l, sid)) == NULL || is_live(arg, sid))
			continue;
		/* A group lies within one session: all of it goes. */
		group = getpgid(pid);
		if (group <= 1 || kill(-group, SIGKILL) == -1)
			kill(pid, SIGKILL);
		killed++;
		/* What its own children do then is seen by the next sweep. */
		*entry = -sid;
	}
	free(word);
	fclose(f);
	forget_others(l);
	return killed;
}
