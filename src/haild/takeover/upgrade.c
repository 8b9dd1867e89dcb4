#include "haild/takeover/upgrade.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/children/children.h"
#include "haild/children/linger.h"
#include "haild/children/service_stats.h"
#include "haild/control/control.h"
#include "haild/listen/listener.h"
#include "haild/relays/relays.h"
#include "haild/takeover/proof_output.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/number.h"
#include "lib/process.h"
#include "lib/signals.h"

#define VARIABLE "HAILD_UPGRADE"
/* Set if the log is JSON: so it is before the configuration is read. */
#define JSON_VARIABLE "HAILD_LOG_JSON"
#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* --- at the start --- */

/* Take "take FD DIRECTORY" or "prove FD DIRECTORY" from the environment. */
static int
find_state(struct upgrade *u)
{
	char *value = getenv(VARIABLE), *copy, *rest, *mode, *number;
	const char *error = NULL;
	int64_t fd = -1;
	int seals;

	u->fd = -1;
	if (value == NULL)
		return 0;
	if ((copy = rest = strdup(value)) == NULL) {
		log_err("cannot copy " VARIABLE);
		return -1;
	}
	unsetenv(VARIABLE);
	mode = strsep(&rest, " ");
	number = strsep(&rest, " ");
	u->proving = strcmp(mode, "prove") == 0;
	if (rest == NULL || (!u->proving && strcmp(mode, "take") != 0) ||
	    !number_parse(number, 3, INT_MAX, &fd))
		error =
		    "is not \"take FD DIRECTORY\" or \"prove FD DIRECTORY\"";
	/*
	 * Nothing else than haild's own state has these seals, and perhaps
	 * F_SEAL_EXEC, which the kernel may add (vm.memfd_noexec).
	 */
	else if ((seals = fcntl((int)fd, F_GET_SEALS)) == -1 ||
	    (seals & SEALS) != SEALS)
		error = "does not name a sealed state of haild";
	else if ((u->cwd = strdup(rest)) == NULL)
		error = "cannot be copied: out of memory";
	free(copy);
	if (error != NULL) {
		log_errx("%s %s", VARIABLE, error);
		return -1;
	}
	u->fd = (int)fd;
	log_set_json(getenv(JSON_VARIABLE) != NULL);
	unsetenv(JSON_VARIABLE);
	return 0;
}

int
upgrade_init(struct upgrade *u, int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy)), path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	bool copied = copy != NULL;
	int i;

	u->argv = copy;
	if (n == -1) {
		log_err("cannot read /proc/self/exe");
		return -1;
	}
	path[n] = '\0';
	u->program = strdup(path);
	for (i = 0; copied && i < argc; i++)
		copied = (copy[i] = strdup(argv[i])) != NULL;
	if (find_state(u) == -1)
		return -1;
	if (u->cwd == NULL)
		u->cwd = getcwd(NULL, 0);
	if (u->program == NULL || !copied || u->cwd == NULL) {
		log_err("cannot keep the arguments for an upgrade");
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
	    (size_t)st.st_size > STATE_MAX ||
	    (text = calloc(1, (size_t)st.st_size + 1)) == NULL)
		return NULL;
	if (pread(fd, text, (size_t)st.st_size, 0) != st.st_size) {
		free(text);
		return NULL;
	}
	return text;
}

int
upgrade_resume(struct upgrade *u, struct takeover *t)
{
	int hangups = *t->hangups, result;
	char error[128], *text;

	if (u->fd == -1)
		return 0;
	if ((text = read_state(u->fd)) == NULL) {
		log_err("upgrade: cannot read the state");
		return -1;
	}
	result = state_read(t, text, error, sizeof(error));
	if (result == -1)
		log_errx("upgrade: state: %s", error);
	free(text);
	close(hangups);
	close(u->fd);
	u->fd = -1;
	return result;
}

/* --- the state --- */

/* Write the state into a sealed memfd.  Returns it, or -1 (logged). */
static int
make_state(const struct takeover *t)
{
	int fd, copy = -1;
	FILE *out = NULL;

	fd = fds_memory("haild state");
	if (fd == -1 || (copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    (out = fdopen(copy, "w")) == NULL || state_write(t, out) == -1 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) == -1) {
		log_err("upgrade: cannot write the state");
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
	if (setenv(VARIABLE, value, 1) == 0 &&
	    (!log_is_json() || setenv(JSON_VARIABLE, "1", 1) == 0))
		return 0;
	log_err("upgrade: cannot set %s", VARIABLE);
	return -1;
}

const char *
upgrade_print_failure(const struct upgrade *u, char buf[UPGRADE_FAILURE_MAX])
{
	snprintf(buf, UPGRADE_FAILURE_MAX,
	    "upgrade failed: %s could not take over; still running haild %s",
	    u->program, PACKAGE_VERSION);
	return buf;
}

/* The errors that are logged until log_copy(-1) are those of the upgrade. */
static void
copy_errors(const struct upgrade *u)
{
	log_copy(u->errors > 0 ? u->errors : -1);
}

static void
failed(struct upgrade *u)
{
	char text[UPGRADE_FAILURE_MAX];

	log_copy(-1);
	u->failed = u->over = true;
	log_named(
	    LOG_ERR, "upgrade-failed", "%s", upgrade_print_failure(u, text));
}

/* --- the proof --- */

static void
close_output(struct upgrade *u)
{
	if (u->output > 0)
		close(u->output);
	u->output = 0;
}

static void __attribute__((noreturn)) prove(const struct upgrade *u, int fd)
{
	const int keep[] = { fd, u->errors };

	if (u->output > 0)
		dup2(u->output, STDERR_FILENO);
	fds_close_others(keep, u->errors > 0 ? 2 : 1);
	fcntl(fd, F_SETFD, 0);
	signals_in_child();
	if (set_variable(u, "prove", fd) == 0) {
		execv(u->program, u->argv);
		log_err("upgrade: cannot execute %s", u->program);
	}
	_exit(EXIT_FAILURE);
}

void
upgrade_request(struct upgrade *u, const struct takeover *t, int64_t now)
{
	pid_t pid = -1;
	int fd;

	u->output = proof_output_make();
	if ((u->errors = fds_memory("haild errors")) == -1)
		u->errors = 0;
	copy_errors(u);
	if ((fd = make_state(t)) != -1) {
		if ((pid = fork()) == 0)
			prove(u, fd);
		if (pid == -1)
			log_err("upgrade: cannot fork");
		close(fd);
	}
	log_copy(-1);
	if (pid == -1) {
		close_output(u);
		failed(u);
		return;
	}
	u->pid = pid;
	u->killed = false;
	u->deadline = now + UPGRADE_TIMEOUT;
}

/* Log how the proof has ended. */
static void
log_end(const struct upgrade *u, const siginfo_t *info)
{
	char end[PROCESS_END_MAX];

	if (info->si_code == CLD_EXITED && info->si_status == EX_TEMPFAIL)
		log_errx(
		    "upgrade: the helper programs of %s are missing or of "
		    "another version; install all of one version",
		    u->program);
	else
		log_errx("upgrade: %s %s", u->program,
		    process_print_end(info, end, sizeof(end)));
}

void
upgrade_ended(struct upgrade *u, const siginfo_t *info)
{
	u->pid = 0;
	u->proved =
	    info->si_code == CLD_EXITED && info->si_status == UPGRADE_PROVED;
	if (!u->proved) {
		copy_errors(u);
		proof_output_log(u->output);
		log_end(u, info);
		failed(u);
	}
	close_output(u);
}

int64_t
upgrade_expire(struct upgrade *u, int64_t now)
{
	if (u->pid != 0 && now >= u->deadline && u->killed) {
		copy_errors(u);
		log_errx("upgrade: pid %ld cannot be reaped", (long)u->pid);
		u->pid = 0;
		close_output(u);
		failed(u);
	} else if (u->pid != 0 && now >= u->deadline) {
		copy_errors(u);
		log_errx("upgrade: %s did not answer within %d s; killing it",
		    u->program, (int)(UPGRADE_TIMEOUT / SECOND));
		log_copy(-1);
		kill(u->pid, SIGKILL);
		u->killed = true;
		u->deadline = now + REAP_GRACE;
	}
	return u->pid == 0 ? -1 : u->deadline;
}

/* --- the replacement --- */

/* Flags of a descriptor of control clients; -1: none. */
static void
keep_client(int fd, int flag)
{
	if (fd != -1)
		fcntl(fd, F_SETFD, flag);
}

static void
keep_on_exec(const struct takeover *t, int state, bool keep)
{
	int flag = keep ? 0 : FD_CLOEXEC;
	const struct service_stats *stats;
	size_t i;

	fcntl(state, F_SETFD, flag);
	fcntl(*t->hangups, F_SETFD, flag);
	for (i = 0; i < LINGER_PROCESSES; i++)
		if (t->linger[i].fd != -1)
			fcntl(t->linger[i].fd, F_SETFD, flag);
	for (i = 0; i < t->relays->used; i++)
		if (t->relays->table[i].channel != 0)
			fcntl(t->relays->table[i].channel, F_SETFD, flag);
	keep_client(t->control->fd, flag);
	for (i = 0; i < CONTROL_WAITERS; i++)
		keep_client(t->control->waiters[i].client, flag);
	for (i = 0; i < t->listeners->n; i++)
		fcntl(t->listeners->list[i].fd, F_SETFD, flag);
	for (i = 0; i < t->children->used; i++)
		if (t->children->slots[i].channel != 0)
			fcntl(t->children->slots[i].channel, F_SETFD, flag);
	TAILQ_FOREACH(stats, t->all_stats, entry) {
		if (stats->stderr_read != -1)
			fcntl(stats->stderr_read, F_SETFD, flag);
		if (stats->stderr_write != -1)
			fcntl(stats->stderr_write, F_SETFD, flag);
	}
}

void
upgrade_execute(struct upgrade *u, const struct takeover *t)
{
	int fd;

	u->proved = false;
	copy_errors(u);
	/* Written again: sessions have come and gone since the proof. */
	if ((fd = make_state(t)) != -1) {
		if (set_variable(u, "take", fd) == 0) {
			keep_on_exec(t, fd, true);
			execv(u->program, u->argv);
			log_err("upgrade: cannot execute %s", u->program);
			keep_on_exec(t, fd, false);
			unsetenv(VARIABLE);
			unsetenv(JSON_VARIABLE);
		}
		close(fd);
	}
	failed(u);
}
