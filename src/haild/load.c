/*
 * load.c -- run haild-load, which builds the configuration.
 */

#include "haild/load.h"

#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/log.h"
#include "lib/signals.h"

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
    unsigned int slot, const char *log)
{
	struct arguments a = { NULL, 0 };
	size_t exec = 0;

	while (source->exec != NULL && source->exec[exec] != NULL)
		exec++;
	if ((a.list = calloc(24 + exec, sizeof(*a.list))) == NULL)
		return NULL;
	a.list[a.n++] = "haild-load";
	add(&a, "-k", config_load_kinds[kind]);
	add(&a, "-S", config_stamp_text());
	add(&a, "-L", log);
	add(&a, "-a", slot == 0 ? "0" : "1");
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

static void __attribute__((noreturn)) execute(const struct load *load,
    int helper, enum load_kind kind, const struct config_source *source,
    const struct arena *present, pid_t parent)
{
	int keep[] = { load->arena.fd, present != NULL ? present->fd : -1 };
	char log[LOG_EXPORT_MAX];
	char *const *argv =
	    make_arguments(kind, source, load->arena.slot, log_export(log));

	signals_in_child();
	/* It stays set over execve(2).  Its parent may have ended already. */
	if (argv == NULL || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    getppid() != parent)
		_exit(EX_OSERR);
	fds_execute(helper, argv, keep, present != NULL ? 2 : 1);
	log_import("haild", log); /* its descriptors may be closed */
	log_err("cannot execute haild-load");
	_exit(EX_OSERR);
}

int
load_start(struct load *load, int helper, enum load_kind kind,
    const struct config_source *source, const struct arena *present)
{
	pid_t self = getpid();

	if (arena_create(
		&load->arena, present == NULL ? 0 : 1 - present->slot) == -1) {
		log_err("cannot make memory for the configuration");
		return -1;
	}
	if ((load->pid = fork()) == -1) {
		log_err("cannot run haild-load");
		arena_destroy(&load->arena);
		return -1;
	}
	if (load->pid == 0)
		execute(load, helper, kind, source, present, self);
	return 0;
}

/* Whether it ended well; logs what it could not log itself. */
static bool
ended_well(const siginfo_t *info)
{
	if (info->si_code != CLD_EXITED)
		log_errx("haild-load ended with signal %d", info->si_status);
	else if (info->si_status != EXIT_SUCCESS &&
	    info->si_status != EX_CONFIG)
		log_errx(
		    "haild-load ended with exit status %d", info->si_status);
	return info->si_code == CLD_EXITED && info->si_status == EXIT_SUCCESS;
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
	return config;
fail:
	arena_destroy(&load->arena);
	return NULL;
}

/* Wait for haild-load, but not for longer than LOAD_TIMEOUT. */
static int
wait_for(const struct load *load, siginfo_t *info)
{
	int pidfd = pidfd_open(load->pid, 0);

	if (pidfd != -1 &&
	    io_wait(pidfd, POLLIN, clock_now() + LOAD_TIMEOUT) == 0) {
		log_errx(LOAD_TOO_LONG, (int)(LOAD_TIMEOUT / SECOND));
		kill(load->pid, SIGKILL);
	}
	if (pidfd != -1)
		close(pidfd);
	memset(info, 0, sizeof(*info));
	while (waitid(P_PID, (id_t)load->pid, info, WEXITED) == -1)
		if (errno != EINTR) {
			log_err("cannot wait for haild-load");
			return -1;
		}
	return 0;
}

const struct config *
load_now(int helper, const struct config_source *source, struct arena *arena)
{
	const struct config *config;
	struct load load;
	siginfo_t info;

	if (load_start(&load, helper, LOAD_START, source, NULL) == -1 ||
	    wait_for(&load, &info) == -1)
		return NULL;
	if ((config = load_finish(&load, &info)) != NULL)
		*arena = load.arena;
	return config;
}

int
load_test(int helper, enum load_kind kind, const struct config_source *source)
{
	struct load load;
	siginfo_t info;

	if (load_start(&load, helper, kind, source, NULL) == -1 ||
	    wait_for(&load, &info) == -1)
		return EX_OSERR;
	arena_destroy(&load.arena);
	if (ended_well(&info))
		return 0;
	return info.si_code == CLD_EXITED ? info.si_status : EX_SOFTWARE;
}
