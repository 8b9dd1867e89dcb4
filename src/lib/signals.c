#include "lib/signals.h"

#include <sys/syscall.h>

#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t flags[_NSIG];

static void
on_signal(int sig)
{
	flags[sig] = 1;
}

static const struct {
	int sig;
	void (*to)(int);
} handled[] = {
	{ SIGCHLD, on_signal },
	{ SIGTERM, on_signal },
	{ SIGINT, on_signal },
	{ SIGHUP, on_signal },
	{ SIGUSR1, on_signal },
	{ SIGUSR2, on_signal },
	/* write(2) reports these as errors, also to a child with limit-fsize.
	 */
	{ SIGPIPE, SIG_IGN },
	{ SIGXFSZ, SIG_IGN },
};
#define NHANDLED (sizeof(handled) / sizeof(handled[0]))

static void
set_disposition(int sig, void (*to)(int))
{
	struct sigaction sa = { .sa_handler = to,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP };

	if (to == on_signal)
		sigfillset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

static void
set_mask(const sigset_t *set)
{
	sigprocmask(SIG_SETMASK, set, NULL);
}

const sigset_t *
signals_open_mask(void)
{
	static const sigset_t empty;

	return &empty;
}

void
signals_reset(bool keep_mask)
{
	int sig;

	for (sig = 1; sig < _NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			set_disposition(sig, SIG_DFL);
	if (!keep_mask)
		set_mask(signals_open_mask());
}

static void __attribute__((noreturn)) on_end(int sig)
{
	_exit(128 + sig);
}

void
signals_end_init(void)
{
	if (getpid() != 1)
		return;
	set_disposition(SIGTERM, on_end);
	set_disposition(SIGINT, on_end);
}

static void
block_handled(void)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < NHANDLED; i++)
		if (handled[i].to == on_signal)
			sigaddset(&set, handled[i].sig);
	set_mask(&set);
}

void
signals_catch(void)
{
	size_t i;

	block_handled();
	for (i = 0; i < NHANDLED; i++) {
		flags[handled[i].sig] = 0;
		set_disposition(handled[i].sig, handled[i].to);
	}
}

void
signals_deliver(void)
{
	set_mask(signals_open_mask());
	block_handled();
}

bool
signals_taken(int sig)
{
	bool taken = flags[sig] != 0;

	flags[sig] = 0;
	return taken;
}

/*
 * By syscall(2): each session's process would otherwise touch the pages of
 * sigaction(3) and sigprocmask(3) in libc, for these calls alone.
 */
void
signals_in_child(void)
{
	/* An empty sigset_t; or SIG_DFL: the struct sigaction is shorter. */
	const unsigned long none[8] = { 0 };
	/* _NSIG is 65; on MIPS, which has 127 signals in 128 bits, 128. */
	const size_t size = _NSIG / 8;
	size_t i;

	/* The size twice, since on sparc64 it is the fifth argument. */
	for (i = 0; i < NHANDLED; i++)
		syscall(
		    SYS_rt_sigaction, handled[i].sig, none, NULL, size, size);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, size);
}
