#include "session/trial.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/monitor_start.h"
#include "session/spawn.h"

/* A directory of a server that does not answer, for instance. */
#define TIMEOUT (5 * SECOND)

struct trial {
	const char *name;
	const struct service *service;	 /* NULL: a process of haild's own */
	const struct identity *identity; /* of that, or of the speaker */
	int empty;
	int64_t until;
};

/*
 * Whether the user of this process may execute the program.  Whether
 * limit-nproc allows it depends on what runs at that time.
 */
static int
reach_program(const struct service *service)
{
	if (access(service->exec[0], X_OK) == 0)
		return 0;
	log_err("%s: cannot execute %s", service->name, service->exec[0]);
	return -1;
}

static int
attempt(const struct trial *t)
{
	const struct service *s = t->service;
	const struct identity *id = t->identity;

	if (s == NULL)
		return confine(&(struct confinement) { .name = t->name,
		    .identity = id,
		    .root = CONFINE_SAME_ROOT });
	if (id != NULL)
		return monitor_start_confine(
		    s->name, id->uid, id->gid, t->empty, 0);
	if (s->handler & (HANDLER_MESSAGE | HANDLER_BUILTIN))
		return spawn_confine(s, s->proxy_from.n > 0, t->empty);
	if (spawn_settle(s, &NO_GRANT) == -1)
		return -1;
	/* "commands" has no program but those of its commands. */
	return s->exec == NULL ? 0 : reach_program(s);
}

/* What the session would log goes to OUTPUT, a line each: "haild: NAME: ". */
static void __attribute__((noreturn))
run(const struct trial *t, int output, pid_t parent)
{
	if (confine_die_with(parent) == -1 || dup2(output, STDERR_FILENO) == -1)
		_exit(EXIT_SUCCESS);
	log_init("haild", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON, LOG_ERR);
	_exit(attempt(t) == 0 ? EXIT_SUCCESS : EX_OSERR);
}

/* The first line of TEXT, without what names haild and the service. */
static void
keep_reason(const struct trial *t, char *text, char why[TRIAL_WHY_MAX])
{
	char head[SERVICE_NAME_MAX + 16], *at;

	snprintf(head, sizeof(head), "%s: ", t->name);
	text[strcspn(text, "\n")] = '\0';
	at = strstr(text, head);
	strlcpy(why, at != NULL ? at + strlen(head) : text, TRIAL_WHY_MAX);
}

/* Read what the child writes until it ends; returns how that was. */
static int
watch(pid_t pid, int input, char *text, size_t size)
{
	int64_t deadline = clock_now() + TIMEOUT;
	size_t used = 0;
	ssize_t n = 1;
	int status = 0;

	while (used < size - 1 && n > 0) {
		n = 0;
		if (io_wait(input, POLLIN, deadline) > 0)
			n = io_read(input, text + used, size - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	}
	text[used] = '\0';
	kill(pid, SIGKILL); /* it has ended, or does not */
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status;
}

static int
run_trial(const struct trial *t, char why[TRIAL_WHY_MAX])
{
	char text[1024];
	pid_t pid, self = getpid();
	int fds[2], status;

	if (clock_now() >= t->until || pipe2(fds, O_CLOEXEC) == -1)
		return 0;
	if ((pid = fork()) == 0)
		run(t, fds[1], self);
	close(fds[1]);
	status = pid == -1 ? 0 : watch(pid, fds[0], text, sizeof(text));
	close(fds[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
		return 0;
	if (WIFEXITED(status))
		keep_reason(t, text, why);
	else if (WTERMSIG(status) == SIGKILL)
		snprintf(why, TRIAL_WHY_MAX,
		    "the trial of a session did not end within %d s",
		    (int)(TIMEOUT / SECOND));
	else
		snprintf(why, TRIAL_WHY_MAX,
		    "the trial of a session was killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return -1;
}

int
trial_session(const struct service *service, int empty, int64_t until,
    char why[TRIAL_WHY_MAX])
{
	const struct trial t = { service->name, service, NULL, empty, until };

	return run_trial(&t, why);
}

int
trial_speaker(const struct service *service, const struct identity *id,
    int empty, int64_t until, char why[TRIAL_WHY_MAX])
{
	const struct trial t = { service->name, service, id, empty, until };

	return run_trial(&t, why);
}

int
trial_own(const char *name, const struct identity *id, int64_t until,
    char why[TRIAL_WHY_MAX])
{
	const struct trial t = { name, NULL, id, -1, until };

	return run_trial(&t, why);
}
