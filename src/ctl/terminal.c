#include "ctl/terminal.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "lib/io.h"

/* xterm's: another screen, no cursor, no wrapping of long lines. */
#define ENTER "\033[?1049h\033[?25l\033[?7l"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP,
	SIGCONT, SIGWINCH };
#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct termios before;
static sigset_t mask_before;
static bool changed; /* the terminal is */
static volatile sig_atomic_t ending, stopping, redrawing;

static void
on_signal(int sig)
{
	if (sig == SIGTSTP)
		stopping = 1;
	else if (sig == SIGCONT || sig == SIGWINCH)
		redrawing = 1;
	else
		ending = sig;
}

bool
terminal_is_usable(void)
{
	const char *type = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && type != NULL &&
	    *type != '\0' && strcmp(type, "dumb") != 0;
}

static int
enter(void)
{
	struct termios raw = before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == -1)
		return -1;
	changed = true;
	return io_write_all(STDOUT_FILENO, ENTER, strlen(ENTER));
}

static void
leave(void)
{
	if (!changed)
		return;
	changed = false;
	io_write_all(STDOUT_FILENO, LEAVE, strlen(LEAVE));
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

static void
catch_signals(void)
{
	struct sigaction catch = { .sa_handler = on_signal };
	sigset_t mask;
	size_t i;

	sigemptyset(&mask);
	for (i = 0; i < NSIGNALS; i++)
		sigaddset(&mask, signals[i]);
	/* Pending ones come in ppoll only. */
	sigprocmask(SIG_BLOCK, &mask, &mask_before);
	for (i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &catch, NULL);
}

int
terminal_begin(void)
{
	if (tcgetattr(STDIN_FILENO, &before) == -1)
		return -1;
	catch_signals();
	atexit(leave); /* errors end the program, too */
	return enter();
}

/* End or stop by SIG, as if it had not been caught. */
static void
take_signal(int sig)
{
	sigset_t one;

	signal(sig, SIG_DFL);
	raise(sig);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	/* Here again after a stop. */
	sigprocmask(SIG_BLOCK, &one, NULL);
}

static void
stop(void)
{
	struct sigaction catch = { .sa_handler = on_signal };

	leave();
	stopping = 0;
	take_signal(SIGTSTP);
	sigaction(SIGTSTP, &catch, NULL);
	redrawing = 1;
}

enum terminal_event
terminal_wait(int64_t deadline, char *key)
{
	struct pollfd p = { STDIN_FILENO, POLLIN, 0 };
	struct timespec timeout;
	int64_t left;
	int n;

	left = deadline - clock_now();
	if (left < 0)
		left = 0;
	timeout = (struct timespec) { left / SECOND, left % SECOND };
	n = ppoll(&p, 1, &timeout, &mask_before);
	if (n == -1 && errno != EINTR)
		return TERMINAL_END;
	if (ending != 0)
		return TERMINAL_END;
	if (stopping)
		stop();
	if (redrawing) {
		redrawing = 0;
		/* A stopped program's shell may have changed the terminal. */
		return enter() == -1 ? TERMINAL_END : TERMINAL_REDRAW;
	}
	if (n <= 0)
		return TERMINAL_TIMEOUT;
	return io_read(STDIN_FILENO, key, 1) == 1 ? TERMINAL_KEY : TERMINAL_END;
}

static void
get_size(size_t *columns, size_t *rows)
{
	struct winsize size;

	*columns = 80;
	*rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1)
		return;
	if (size.ws_col > 0)
		*columns = size.ws_col;
	if (size.ws_row > 0)
		*rows = size.ws_row;
}

void
terminal_draw(const char *text)
{
	size_t columns, rows, len, row;

	get_size(&columns, &rows);
	fputs(HOME, stdout);
	for (row = 0; row < rows && *text != '\0'; row++) {
		len = strcspn(text, "\n");
		if (row > 0)
			fputs("\r\n", stdout);
		/* Cleared first: at the last column it would clear that. */
		fputs(CLEAR_LINE, stdout);
		fwrite(text, 1, len < columns ? len : columns, stdout);
		text += len;
		if (*text == '\n')
			text++;
	}
	if (row < rows)
		fputs("\r\n" CLEAR_REST, stdout);
	fflush(stdout);
}

void
terminal_end(void)
{
	leave();
	if (ending != 0)
		take_signal(ending);
}
