#include "lib/process.h"

#include <sys/pidfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE (SECOND / 100) /* between two questions whether it is reaped */

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

/* Whether PID exits before DEADLINE. */
static bool
wait_for_exit(pid_t pid, int64_t deadline)
{
	int fd = pidfd_open(pid, 0), events;

	if (fd == -1)
		return false;
	events = io_wait(fd, POLLIN, deadline);
	close(fd);
	return events > 0;
}

bool
process_has_exited(pid_t pid)
{
	return wait_for_exit(pid, 0);
}

/*
 * A child that is traced has exited before its tracer lets this process reap
 * it; nothing tells when that is.
 */
bool
process_wait(pid_t pid, int64_t deadline, siginfo_t *info)
{
	int64_t now;

	wait_for_exit(pid, deadline);
	for (;;) {
		memset(info, 0, sizeof(*info));
		if (waitid(P_PID, (id_t)pid, info, WEXITED | WNOHANG) == -1 &&
		    errno != EINTR)
			return false;
		if (info->si_pid == pid)
			return true;
		if ((now = clock_now()) >= deadline)
			return false;
		io_poll(NULL, 0, clock_sooner(now + PAUSE, deadline));
	}
}

#define OOM_SCORE_ADJ "/proc/self/oom_score_adj"

bool
process_is_oom_protected(void)
{
	int fd = open(OOM_SCORE_ADJ, O_RDONLY | O_CLOEXEC);
	bool is;
	char c;

	if (fd == -1)
		return false;
	is = io_read(fd, &c, 1) == 1 && c == '-';
	close(fd);
	return is;
}

int
process_oom_adjust(int score)
{
	int fd = open(OOM_SCORE_ADJ, O_WRONLY | O_CLOEXEC), result;
	char text[16];

	if (fd == -1)
		return -1;
	snprintf(text, sizeof(text), "%d", score);
	result = io_write_all(fd, text, strlen(text));
	close(fd);
	return result;
}

int
process_oom_unprotect(void)
{
	return process_oom_adjust(0);
}

void
process_describe(pid_t pid, char *text, size_t size)
{
	char path[32], line[128], state = '?';
	long tracer = 0;
	FILE *f;

	*text = '\0';
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "State:\t", 7) == 0)
			state = line[7];
		else if (strncmp(line, "TracerPid:\t", 11) == 0)
			tracer = strtol(line + 11, NULL, 10);
	}
	fclose(f);
	if (tracer != 0)
		snprintf(
		    text, size, "state %c, traced by pid %ld", state, tracer);
	else
		snprintf(text, size, "state %c", state);
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
