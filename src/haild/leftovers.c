/*
 * leftovers.c -- processes that a session left behind in groups of their own.
 */

#include "leftovers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
leftovers_note(struct leftovers *l, pid_t sid)
{
	if (l->n < LEFTOVERS_MAX)
		l->sids[l->n++] = sid;
	return l->n == LEFTOVERS_MAX;
}

static bool
is_noted(const struct leftovers *l, pid_t sid)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->sids[i] == sid)
			return true;
	return false;
}

int
leftovers_sweep(struct leftovers *l, bool (*is_live)(void *, pid_t), void *arg)
{
	struct leftovers found = { .n = 0 };
	pid_t sid, group;
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
		    !is_noted(l, sid) || is_live(arg, sid))
			continue;
		/* A group lies within one session: all of it goes. */
		group = getpgid(pid);
		if (group <= 1 || kill(-group, SIGKILL) == -1)
			kill(pid, SIGKILL);
		killed++;
		/* What its own children do then is seen by the next sweep. */
		if (!is_noted(&found, sid))
			leftovers_note(&found, sid);
	}
	free(word);
	fclose(f);
	*l = found;
	return killed;
}
