/*
 * upgrade.c -- another image of haild takes over, under the same pid.
 */

#include "haild/takeover/upgrade.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fds.h"
#include "haild/takeover/handover.h"
#include "lib/io.h"
#include "lib/log.h"
#include "haild/report.h"
#include "lib/signals.h"
#include "haild/state.h"

#define VARIABLE "HAILD_UPGRADE"
#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* --- at the start --- */

/* NULL without memory; nobody goes on then. */
static char **
copy_arguments(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));
	bool complete = copy != NULL;
	int i;

	for (i = 0; complete && i < argc; i++) {
		copy[i] = strdup(argv[i]);
		complete = copy[i] != NULL;
	}
	if (complete)
		return copy;
	free(copy);
	return NULL;
}

/* "take FD DIRECTORY", if we were executed by another image. */
static int
find_state(struct upgrade *u)
{
	char *value = getenv(VARIABLE), *copy, *rest, *mode, *number;
	const char *error = "makes no sense";

	u->fd = -1;
	if (value == NULL)
		return 0;
	if ((copy = rest = strdup(value)) == NULL)
		return -1;
	unsetenv(VARIABLE);
	mode = strsep(&rest, " ");
	number = strsep(&rest, " ");
	u->proving = strcmp(mode, "prove") == 0;
	if (rest != NULL && (u->proving || strcmp(mode, "take") == 0))
		u->fd = (int)strtonum(number, 3, 1 << 20, &error);
	/* Only what haild sealed was written by haild. */
	if (error == NULL && fcntl(u->fd, F_GET_SEALS) != SEALS)
		error = "names no state";
	if (error == NULL)
		u->cwd = strdup(rest);
	free(copy);
	if (error == NULL)
		return u->cwd == NULL ? -1 : 0;
	log_errx("%s %s", VARIABLE, error);
	return -1;
}

int
upgrade_init(struct upgrade *u, int argc, char **argv)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n == -1) {
		log_err("/proc/self/exe");
		return -1;
	}
	path[n] = '\0';
	u->program = strdup(path);
	u->argv = copy_arguments(argc, argv);
	if (find_state(u) == -1)
		return -1;
	if (u->cwd == NULL)
		u->cwd = getcwd(NULL, 0);
	if (u->program == NULL || u->argv == NULL || u->cwd == NULL) {
		log_err("cannot remember how haild was started");
		return -1;
	}
	return 0;
}

/* The whole state, on the heap. */
static char *
read_state(int fd)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st) == -1 || st.st_size < 0 ||
	    (size_t)st.st_size > HANDOVER_MAX ||
	    (text = calloc(1, (size_t)st.st_size + 1)) == NULL)
		return NULL;
	if (pread(fd, text, (size_t)st.st_size, 0) != st.st_size) {
		free(text);
		return NULL;
	}
	return text;
}

int
upgrade_resume(struct server *s)
{
	char error[128], *text;
	int hangups = s->hangups, result;

	if (s->upgrade.fd == -1)
		return 0;
	if ((text = read_state(s->upgrade.fd)) == NULL) {
		log_err("state");
		return -1;
	}
	s->hangups = -1;
	result = handover_read(s, text, error, sizeof(error));
	if (result == -1)
		log_errx("%s", error);
	free(text);
	close(hangups);
	close(s->upgrade.fd);
	s->upgrade.fd = -1;
	return result;
}

/* --- the proof --- */

/* The state in a sealed memfd, or -1 (logged). */
static int
make_state(const struct server *s)
{
	int fd, copy = -1;
	FILE *out = NULL;

	fd = memfd_create("haild state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1 || (copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    (out = fdopen(copy, "w")) == NULL || handover_write(s, out) == -1 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) == -1) {
		log_err("upgrade: state");
		if (fd != -1)
			close(fd);
		fd = -1;
	}
	if (out != NULL)
		fclose(out);
	else if (copy != -1)
		close(copy);
	return fd;
}

static int
set_variable(const struct upgrade *u, const char *mode, int fd)
{
	char value[PATH_MAX + 32];

	snprintf(value, sizeof(value), "%s %d %s", mode, fd, u->cwd);
	if (setenv(VARIABLE, value, 1) == 0)
		return 0;
	log_err("upgrade: setenv");
	return -1;
}

static void __attribute__((noreturn)) prove(const struct upgrade *u, int fd)
{
	fds_close_others(&fd, 1);
	fcntl(fd, F_SETFD, 0);
	signals_in_child();
	if (set_variable(u, "prove", fd) == 0) {
		execv(u->program, u->argv);
		log_err("upgrade: %s", u->program);
	}
	_exit(EXIT_FAILURE);
}

void
upgrade_request(struct server *s, int64_t now)
{
	struct upgrade *u = &s->upgrade;
	pid_t pid;
	int fd;

	if (u->pid != 0 || u->ended || s->loading != LOAD_NONE) {
		log_warnx(
		    "upgrade: haild is busy with another, or with a "
		    "reload; try again");
		return;
	}
	if ((fd = make_state(s)) == -1)
		return;
	if ((pid = fork()) == 0)
		prove(u, fd);
	close(fd);
	if (pid == -1) {
		log_err("upgrade: fork");
		return;
	}
	u->pid = pid;
	u->deadline = now + UPGRADE_TIMEOUT;
}

/* --- and over --- */

static void
keep_on_exec(const struct server *s, int state, bool keep)
{
	int flag = keep ? 0 : FD_CLOEXEC;
	const struct service_stats *t;
	size_t i;

	fcntl(state, F_SETFD, flag);
	fcntl(s->hangups, F_SETFD, flag);
	for (i = 0; i < s->listeners.n; i++)
		fcntl(s->listeners.list[i].fd, F_SETFD, flag);
	for (i = 0; i < s->children.used; i++)
		if (s->children.slots[i].channel != 0)
			fcntl(s->children.slots[i].channel, F_SETFD, flag);
	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (t->stderr_read != -1)
			fcntl(t->stderr_read, F_SETFD, flag);
		if (t->stderr_write != -1)
			fcntl(t->stderr_write, F_SETFD, flag);
	}
}

/* Returns only when it could not be done. */
static void
execute(struct server *s)
{
	struct upgrade *u = &s->upgrade;
	int fd;

	/* The next image counts from nothing, and knows what was lost. */
	report_all_left_out(s);
	log_info("upgrade: executing %s", u->program);
	s->lost = log_lost();
	/* What has happened since the proof is in this one. */
	if ((fd = make_state(s)) == -1)
		return;
	if (set_variable(u, "take", fd) == 0) {
		supervise_reloading(s);
		supervise_hand_on(&s->supervise);
		keep_on_exec(s, fd, true);
		execv(u->program, u->argv);
		log_err("upgrade: %s", u->program);
		keep_on_exec(s, fd, false);
		supervise_ready(s);
	}
	close(fd);
}

void
upgrade_ended(struct server *s, int status)
{
	s->upgrade.pid = 0;
	s->upgrade.ended = true;
	s->upgrade.status = status;
}

void
upgrade_expire(struct server *s, int64_t now)
{
	struct upgrade *u = &s->upgrade;

	if (u->pid != 0 && now >= u->deadline) {
		log_errx("upgrade: %s did not answer: given up", u->program);
		kill(u->pid, SIGKILL);
		u->deadline = now + UPGRADE_TIMEOUT;
	}
	if (!u->ended || s->loading != LOAD_NONE)
		return;
	u->ended = false;
	if (u->status == UPGRADE_PROVED && !s->stopping)
		execute(s);
	u->refused = true;
	log_errx("upgrade refused: %s could not take over; haild %s stays",
	    u->program, PACKAGE_VERSION);
}

int64_t
upgrade_next(const struct server *s)
{
	return s->upgrade.pid == 0 ? -1 : s->upgrade.deadline;
}
