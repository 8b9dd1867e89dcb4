#include "haild/helpers/load.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
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

static bool
is_refresh(enum load_kind kind)
{
	return kind == LOAD_RETRY || kind == LOAD_RESOLVE;
}

static void __attribute__((noreturn))
execute(const struct load *load, const struct helpers *h, enum load_kind kind,
    const struct config_source *source, const struct arena *present,
    int channel, pid_t parent)
{
	/* The numbers are fixed: /dev/null replaces what does not exist. */
	int none = open("/dev/null", O_RDWR | O_CLOEXEC);
	int errors = kind == LOAD_RELOAD ? load->errors
	    : is_refresh(kind)		 ? load->stale
					 : 0;
	int keep[] = { load->arena.fd, present != NULL ? present->fd : none,
		errors > 0 ? errors : none, h->tls,
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

	*load = (struct load) { .channel = -1, .stale = load->stale };
	if (is_refresh(kind) && load->stale == 0 &&
	    (load->stale = memfd_create("haild names", MFD_CLOEXEC)) == -1)
		load->stale = 0; /* each is logged again */
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
	    (info->si_status != EXIT_SUCCESS &&
		info->si_status != LOAD_UNCHANGED &&
		info->si_status != EX_CONFIG && info->si_status != EX_IOERR &&
		info->si_status != EX_UNAVAILABLE))
		log_errx(
		    "haild-load %s", process_print_end(info, end, sizeof(end)));
	return info->si_code == CLD_EXITED && info->si_status == EXIT_SUCCESS;
}

bool
load_is_unchanged(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED && info->si_status == LOAD_UNCHANGED;
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

/* What haild exits with if haild-load has ended as INFO says. */
static int
exit_status(const siginfo_t *info)
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
	struct load load = { .stale = 0 };
	siginfo_t info;

	*status = EXIT_FAILURE;
	if (load_start(&load, h, LOAD_START, source, NULL) == -1 ||
	    wait_for(&load, &info) == -1)
		return NULL;
	if ((config = load_finish(&load, &info)) != NULL) {
		*arena = load.arena;
		*trees = load.trees;
	} else if (exit_status(&info) != EXIT_SUCCESS)
		*status = exit_status(&info);
	return config;
}

int
load_test(const struct helpers *h, enum load_kind kind,
    const struct config_source *source, struct arena *arena)
{
	struct load load = { .stale = 0 };
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
	return exit_status(&info);
}
