#include "haild/helpers.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/signals.h"

#define CHECK_TIMEOUT (10 * SECOND)

/* PATH becomes where NAME lies.  Returns a descriptor, or -1 (logged). */
static int
open_helper(const char *name, char path[PATH_MAX])
{
	int fd = fds_open_program(name, path);

	if (fd == -1)
		log_errx("cannot open %s: %s: reinstall haild", path,
		    strerror(errno));
	return fd;
}

/*
 * Under root nobody may be able to write to it but root and the owner of haild,
 * which may be a build tree.
 */
static bool
is_owned(int fd)
{
	struct stat st, own;

	if (geteuid() != 0)
		return true;
	return fstat(fd, &st) == 0 && stat("/proc/self/exe", &own) == 0 &&
	    (st.st_uid == 0 || st.st_uid == own.st_uid) &&
	    (st.st_mode & S_IWOTH) == 0;
}

static void __attribute__((noreturn))
run_check(int program, const char *name, int answer, pid_t parent)
{
	static char *none[] = { NULL };
	char *argv[] = { (char *)(uintptr_t)name, (char[]) { "check" },
		(char *)(uintptr_t)config_stamp_text(), NULL };

	signals_in_child();
	/* The proof of an upgrade may be killed, which would orphan this. */
	if (confine_die_with(parent) == -1)
		_exit(EX_OSERR);
	/* GnuTLS obeys variables, and the keeper will have none either. */
	if (strcmp(name, "haild-tls") == 0)
		environ = none;
	if (dup2(answer, STDOUT_FILENO) != -1 &&
	    dup2(answer, STDERR_FILENO) != -1)
		fds_execute(program, argv, NULL, 0);
	dprintf(answer, "%s", strerror(errno));
	_exit(EX_OSERR);
}

/* What comes from FD until its end, or the deadline, in one line. */
static void
read_answer(int fd, char *text, size_t size)
{
	int64_t deadline = clock_now() + CHECK_TIMEOUT;
	size_t used = 0;
	ssize_t n;

	while (used < size - 1 && io_wait(fd, POLLIN, deadline) > 0 &&
	    (n = io_read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

/* Returns as helpers_open does. */
static int
check_helper(int program, const char *name, const char *path)
{
	char text[512], wanted[256], end[PROCESS_END_MAX];
	int fds[2], exit_status;
	pid_t pid, self = getpid();
	siginfo_t info;
	bool exited;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		log_err("cannot run %s", path);
		return EXIT_FAILURE;
	}
	if (pid == 0)
		run_check(program, name, fds[1], self);
	close(fds[1]);
	read_answer(fds[0], text, sizeof(text));
	close(fds[0]);
	kill(pid, SIGKILL); /* it has closed its descriptors, or hangs */
	process_wait(pid, clock_now() + CHECK_TIMEOUT, &info);
	exited = info.si_code == CLD_EXITED;
	exit_status = exited ? info.si_status : EXIT_SUCCESS;
	/* Another program may succeed, but does not print this. */
	snprintf(wanted, sizeof(wanted), "%s %s", name, config_stamp_text());
	if (exited && exit_status == EXIT_SUCCESS && strcmp(text, wanted) == 0)
		return 0;
	if (!exited && info.si_pid == pid && info.si_status != SIGKILL)
		log_errx("cannot use %s: it %s", path,
		    process_print_end(&info, end, sizeof(end)));
	else
		log_errx("cannot use %s: %s", path,
		    exit_status == EXIT_SUCCESS || text[0] == '\0'
			? "it is not a program of haild"
			: text);
	return exit_status == EX_TEMPFAIL ? EX_TEMPFAIL : EXIT_FAILURE;
}

static int
open_and_check(int *fd, const char *name)
{
	char path[PATH_MAX];

	if ((*fd = open_helper(name, path)) == -1)
		return EXIT_FAILURE;
	if (!is_owned(*fd)) {
		log_errx(
		    "cannot use %s: other users can change it: chown and "
		    "chmod it",
		    path);
		return EXIT_FAILURE;
	}
	return check_helper(*fd, name, path);
}

int
helpers_open(struct helpers *h, bool commands)
{
	int status = open_and_check(&h->load, "haild-load");

	h->commands = h->tls = -1;
	if (status == 0)
		status = open_and_check(&h->tls, "haild-tls");
	if (status == 0 && commands)
		status = open_and_check(&h->commands, "haild-commands");
	return status;
}

/* --- haild-load --- */

/* The arguments of haild-load: an option and its value at a time. */
struct arguments {
	const char **list;
	size_t n;
};

static void
add(struct arguments *a, const char *option, const char *value)
{
	if (value == NULL)
		return;
	a->list[a->n++] = option;
	a->list[a->n++] = value;
}

static char *const *
make_arguments(enum load_kind kind, const struct config_source *source,
    unsigned int slot, const char *log, const char *cgroup)
{
	struct arguments a = { NULL, 0 };
	size_t exec = 0;

	while (source->exec != NULL && source->exec[exec] != NULL)
		exec++;
	if ((a.list = calloc(26 + exec, sizeof(*a.list))) == NULL)
		return NULL;
	a.list[a.n++] = "haild-load";
	add(&a, "-k", config_load_kinds[kind]);
	add(&a, "-S", config_stamp_text());
	add(&a, "-L", log);
	add(&a, "-a", slot == 0 ? "0" : "1");
	add(&a, "-g", cgroup);
	add(&a, "-c", source->file);
	add(&a, "-d", source->dir);
	add(&a, "-I", source->inetd);
	add(&a, "-l", source->listen);
	add(&a, "-u", source->user);
	add(&a, "-m", source->message);
	if (exec > 0) {
		a.list[a.n++] = "--";
		memcpy(&a.list[a.n], source->exec, exec * sizeof(*a.list));
	}
	return (char *const *)(uintptr_t)a.list;
}

static void __attribute__((noreturn))
execute(const struct load *load, const struct helpers *h, enum load_kind kind,
    const struct config_source *source, const struct arena *present,
    int channel, pid_t parent)
{
	/* The numbers are fixed: /dev/null replaces what does not exist. */
	int none = open("/dev/null", O_RDWR | O_CLOEXEC);
	int keep[] = { load->arena.fd, present != NULL ? present->fd : none,
		load->errors > 0 ? load->errors : none, h->tls,
		channel != -1 ? channel : none };
	char *const *argv;
	struct log_state log;
	char log_text[48], cgroup[16];

	log_get(&log);
	snprintf(log_text, sizeof(log_text), "%d:%d:%d:%d", log.to,
	    log.facility, log.level, log.json);
	snprintf(cgroup, sizeof(cgroup), "%u", source->cgroup);
	argv = make_arguments(kind, source, load->arena.slot, log_text, cgroup);
	signals_in_child();
	/* It stays set over execve(2). */
	if (none == -1 || argv == NULL || confine_die_with(parent) == -1)
		_exit(EX_OSERR);
	fds_execute(h->load, argv, keep, sizeof(keep) / sizeof(keep[0]));
	/* Its descriptors may be closed. */
	log_init("haild", log.to, log.facility, log.level);
	log_err("cannot execute haild-load");
	_exit(EX_OSERR);
}

int
load_start(struct load *load, const struct helpers *h, enum load_kind kind,
    const struct config_source *source, const struct arena *present)
{
	int pair[2] = { -1, -1 };
	pid_t self = getpid();

	*load = (struct load) { .channel = -1 };
	if (arena_create(
		&load->arena, present == NULL ? 0 : 1 - present->slot) == -1) {
		log_err("cannot create memory for the configuration");
		return -1;
	}
	load->errors =
	    kind != LOAD_RELOAD ? 0 : memfd_create("haild errors", MFD_CLOEXEC);
	if (load->errors == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    (load->pid = fork()) == -1) {
		log_err("cannot run haild-load");
		if (load->errors > 0)
			close(load->errors);
		if (pair[0] != -1) {
			close(pair[0]);
			close(pair[1]);
		}
		load->errors = 0;
		arena_destroy(&load->arena);
		return -1;
	}
	if (load->pid == 0)
		execute(load, h, kind, source, present, pair[1], self);
	close(pair[1]);
	load->channel = pair[0];
	return 0;
}

static void
close_channel(struct load *load)
{
	if (load->channel != -1)
		close(load->channel);
	load->channel = -1;
}

void
load_discard(struct load *load)
{
	close_channel(load);
	trees_close(&load->trees);
	arena_destroy(&load->arena);
}

/* Whether it ended well; logs what it could not log itself. */
static bool
ended_well(const siginfo_t *info)
{
	char end[PROCESS_END_MAX];

	if (info->si_code != CLD_EXITED ||
	    (info->si_status != EXIT_SUCCESS && info->si_status != EX_CONFIG &&
		info->si_status != EX_IOERR &&
		info->si_status != EX_UNAVAILABLE))
		log_errx(
		    "haild-load %s", process_print_end(info, end, sizeof(end)));
	return info->si_code == CLD_EXITED && info->si_status == EXIT_SUCCESS;
}

const char *
load_trouble(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED && info->si_status == EX_CONFIG)
		return "errors in the configuration";
	if (info->si_code == CLD_EXITED && info->si_status == EX_UNAVAILABLE)
		return "something is missing that a service needs";
	return "haild-load failed";
}

const struct config *
load_finish(struct load *load, const siginfo_t *info)
{
	const struct config *config;

	if (!ended_well(info))
		goto fail;
	if (arena_seal(&load->arena) == NULL) {
		log_err("cannot seal the configuration");
		goto fail;
	}
	if ((config = config_check(&load->arena)) == NULL) {
		log_errx("haild-load did not make a configuration");
		goto fail;
	}
	if (trees_receive(&load->trees, load->channel) == -1)
		goto fail;
	close_channel(load);
	return config;
fail:
	load_discard(load);
	return NULL;
}

int
load_status(const siginfo_t *info)
{
	if (info->si_code != CLD_EXITED)
		return EXIT_FAILURE;
	return info->si_status == EXIT_SUCCESS ||
		info->si_status == EX_CONFIG || info->si_status == EX_TEMPFAIL
	    ? info->si_status
	    : EXIT_FAILURE;
}

/* Wait for haild-load, but not for longer than LOAD_TIMEOUT. */
static int
wait_for(const struct load *load, siginfo_t *info)
{
	if (process_wait(load->pid, clock_now() + LOAD_TIMEOUT, info))
		return 0;
	log_errx(LOAD_TOO_LONG, (int)(LOAD_TIMEOUT / SECOND));
	kill(load->pid, SIGKILL);
	if (process_wait(load->pid, clock_now() + REAP_GRACE, info))
		return 0;
	log_errx("cannot wait for haild-load");
	return -1;
}

const struct config *
load_now(const struct helpers *h, const struct config_source *source,
    struct arena *arena, struct trees *trees, int *status)
{
	const struct config *config;
	struct load load;
	siginfo_t info;

	*status = EXIT_FAILURE;
	if (load_start(&load, h, LOAD_START, source, NULL) == -1 ||
	    wait_for(&load, &info) == -1)
		return NULL;
	if ((config = load_finish(&load, &info)) != NULL) {
		*arena = load.arena;
		*trees = load.trees;
	} else if (load_status(&info) != EXIT_SUCCESS)
		*status = load_status(&info);
	return config;
}

int
load_test(const struct helpers *h, enum load_kind kind,
    const struct config_source *source, struct arena *arena)
{
	struct load load;
	siginfo_t info;

	if (load_start(&load, h, kind, source, NULL) == -1 ||
	    wait_for(&load, &info) == -1)
		return EXIT_FAILURE;
	if (arena != NULL)
		*arena = load.arena;
	else
		load_discard(&load);
	/* haild -T | head: end as any other program does. */
	if (info.si_code == CLD_KILLED && info.si_status == SIGPIPE)
		raise(SIGPIPE);
	ended_well(&info);
	return load_status(&info);
}
