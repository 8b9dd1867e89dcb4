/*
 * load.c -- the throwaway child that builds the configuration.
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
#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"

static void
log_problem(void *arg, bool error, const char *text)
{
	const struct config_source *source = arg;

	log_at(source->quiet ? LOG_DEBUG
		: error	     ? LOG_ERR
			     : LOG_WARNING,
	    "%s", text);
}

static void __attribute__((noreturn))
build(struct load *load, const struct config_source *source)
{
	int keep = load->arena.fd;

	signals_in_child();
	signal(SIGXFSZ, SIG_IGN); /* errors say it better */
	setproctitle("configuration");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* nobody else would */
	fds_close_others(&keep, 1);
	if (arena_open(&load->arena) == -1)
		fatal(EX_OSERR, "configuration: arena");
	if (config_build(source, &load->arena, log_problem,
		(void *)(uintptr_t)source) == NULL)
		_exit(EX_CONFIG);
	if (arena_finish(&load->arena) == -1)
		fatal(EX_OSERR, "configuration: arena");
	_exit(EXIT_SUCCESS);
}

int
load_start(
    struct load *load, const struct config_source *source, unsigned int slot)
{
	if (arena_create(&load->arena, slot) == -1) {
		log_err("configuration: arena");
		return -1;
	}
	if ((load->pid = fork()) == -1) {
		log_err("configuration: fork");
		arena_destroy(&load->arena);
		return -1;
	}
	if (load->pid == 0)
		build(load, source);
	return 0;
}

const struct config *
load_finish(struct load *load, const siginfo_t *info)
{
	const struct config *config;

	if (info->si_code != CLD_EXITED) {
		log_errx("the configuration's process ended with signal %d",
		    info->si_status);
		goto fail;
	}
	if (info->si_status != EXIT_SUCCESS)
		goto fail; /* it said why */
	if (arena_seal(&load->arena) == NULL) {
		log_err("configuration: cannot seal the arena");
		goto fail;
	}
	if ((config = config_check(&load->arena)) == NULL) {
		log_errx("configuration: the arena holds something else");
		goto fail;
	}
	return config;
fail:
	arena_destroy(&load->arena);
	return NULL;
}

const struct config *
load_now(const struct config_source *source, struct arena *arena)
{
	const struct config *config;
	struct load load;
	siginfo_t info;
	int pidfd;

	if (load_start(&load, source, 0) == -1)
		return NULL;
	pidfd = pidfd_open(load.pid, 0);
	if (pidfd != -1 &&
	    io_wait(pidfd, POLLIN, clock_now() + LOAD_TIMEOUT) == 0) {
		log_errx("the configuration took longer than %d s: killed",
		    (int)(LOAD_TIMEOUT / SECOND));
		kill(load.pid, SIGKILL);
	}
	if (pidfd != -1)
		close(pidfd);
	memset(&info, 0, sizeof(info));
	while (waitid(P_PID, (id_t)load.pid, &info, WEXITED) == -1)
		if (errno != EINTR) {
			log_err("configuration: waitid");
			return NULL;
		}
	if ((config = load_finish(&load, &info)) != NULL)
		*arena = load.arena;
	return config;
}
