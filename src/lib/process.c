#include "lib/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
process_end_step(pid_t leader, uint8_t *step)
{
	static const int signals[END_STEPS] = { SIGHUP, SIGTERM, SIGKILL };
	pid_t to = -leader;
	int sig;

	if (*step >= END_STEPS)
		return false;
	sig = signals[(*step)++];
	/* Before its setsid(2) the child has no process group of its own. */
	if (kill(to, sig) == -1)
		kill(to = leader, sig);
	kill(to, SIGCONT); /* a stopped one would not act on it */
	return *step < END_STEPS;
}

int
process_each_child(bool (*fn)(void *arg, pid_t pid), void *arg)
{
	char *word = NULL;
	size_t size = 0;
	int count = 0;
	pid_t pid;
	FILE *f;

	if ((f = fopen("/proc/thread-self/children", "re")) == NULL)
		return -1;
	while (getdelim(&word, &size, ' ', f) > 0)
		if ((pid = (pid_t)strtol(word, NULL, 10)) > 1 && fn(arg, pid))
			count++;
	free(word);
	fclose(f);
	return count;
}

const char *
process_print_end(const siginfo_t *info, char *buf, size_t size)
{
	int n = info->si_status;

	if (info->si_code == CLD_EXITED)
		snprintf(buf, size, "exited with status %d", n);
	else
		snprintf(
		    buf, size, "was killed by signal %d (%s)", n, strsignal(n));
	return buf;
}
