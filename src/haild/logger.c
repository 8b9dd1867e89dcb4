#include "haild/logger.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <vis.h>

#include "config/config.h"
#include "contain/privileges.h"
#include "haild/children/service_stats.h"
#include "lib/escape.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "contain/confine.h"
#include "lib/process.h"
#include "lib/ratelimit.h"
#include "lib/signals.h"

/* --- lines --- */

void
line_end(struct line *line, line_fn *emit, void *arg)
{
	if (line->used == 0)
		return;
	line->text[line->used] = '\0';
	line->used = line->width = 0;
	emit(arg, line->text);
}

void
line_feed(
    struct line *line, const char *data, size_t len, line_fn *emit, void *arg)
{
	char escaped[8];
	size_t i, width;

	for (i = 0; i < len; i++) {
		char c = data[i] == '\0' ? '?' : data[i];

		if (c == '\n') {
			line_end(line, emit, arg);
			continue;
		}
		width = (size_t)(vis(escaped, c, ESCAPE_FLAGS, 0) - escaped);
		if (line->width + width > LOGGER_LINE_MAX)
			line_end(line, emit, arg);
		line->text[line->used++] = c;
		line->width += width;
	}
}

/* --- the process --- */

static unsigned long left_out; /* lines of all streams, by this logger */

struct stream {
	const char *service;
	struct line line;
	struct ratelimit rate;
	int64_t read_at; /* when the last bytes came */
};

/* With "stderr: " no program can write what looks like a session's line. */
static void
emit_line(void *arg, const char *text)
{
	struct stream *s = arg;

	if (ratelimit_pass(&s->rate, clock_now()))
		log_service(LOG_INFO, "stderr", s->service, "%s: stderr: %s",
		    s->service, text);
	else
		left_out++;
}

/*
 * Any writer can change the size of the pipe (F_SETPIPE_SZ) for all: change it
 * back.
 */
static void
keep_size(int fd)
{
	if (fcntl(fd, F_GETPIPE_SZ) < LOGGER_PIPE)
		fcntl(fd, F_SETPIPE_SZ, LOGGER_PIPE);
}

/* Read once.  Returns false at the end of the stream. */
static bool
read_stream(struct stream *s, int fd)
{
	char buf[16384];
	ssize_t n;

	keep_size(fd);
	n = io_read(fd, buf, sizeof(buf));
	if (n == -1 && errno == EAGAIN)
		return true;
	if (n > 0) {
		s->read_at = clock_now();
		line_feed(&s->line, buf, (size_t)n, emit_line, s);
		return true;
	}
	line_end(&s->line, emit_line, s);
	return false;
}

static void
report_left_out(struct stream *s, int64_t now)
{
	unsigned long n = ratelimit_left_out(&s->rate, now);

	if (n > 0)
		log_service(LOG_WARNING, "stderr-left-out", s->service,
		    "%s: %lu more lines of stderr not logged", s->service, n);
}

/* End overdue lines, report left-out ones.  Returns whether more is to do. */
static bool
tend(struct stream *s)
{
	int64_t now = clock_now();

	if (now - s->read_at >= SECOND)
		line_end(&s->line, emit_line, s);
	report_left_out(s, now);
	return s->rate.left_out > 0 || s->line.used > 0;
}

/*
 * The daemon has ended: log what is in the pipes.  There may be no end of it,
 * since a process that has escaped can hold a pipe and write.
 */
static void
drain(struct stream *streams, struct pollfd *pfds, size_t n)
{
	int64_t deadline = clock_now() + SECOND;
	size_t i;

	while (io_poll(pfds, n, 0) > 0 && clock_now() < deadline)
		for (i = 0; i < n; i++)
			if (pfds[i].revents != 0 &&
			    !read_stream(&streams[i], pfds[i].fd))
				pfds[i].fd = -1;
}

static void __attribute__((noreturn)) run(struct stream *streams,
    struct pollfd *pfds, size_t n, struct logger_page *page, pid_t daemon)
{
	const struct timespec second = { .tv_sec = 1 };
	size_t i, open = n;
	bool pending = false;

	while (open > 0 && !signals_taken(SIGTERM)) {
		if (ppoll(pfds, n, pending ? &second : NULL,
			signals_open_mask()) == -1) {
			if (errno != EINTR)
				fatal(EX_OSERR, "logger: cannot poll");
			continue;
		}
		pending = false;
		for (i = 0; i < n; i++) {
			if (pfds[i].revents != 0 &&
			    !read_stream(&streams[i], pfds[i].fd)) {
				pfds[i].fd = -1;
				open--;
			}
			if (tend(&streams[i]))
				pending = true;
		}
		logger_counts_publish(page, left_out);
	}
	/* While the daemon lives, the next logger reads what is in a pipe. */
	if (getppid() != daemon)
		drain(streams, pfds, n);
	for (i = 0; i < n; i++) {
		line_end(&streams[i].line, emit_line, &streams[i]);
		report_left_out(&streams[i], clock_now() + SECOND);
	}
	logger_counts_publish(page, left_out);
	free(streams);
	free(pfds);
	_exit(EXIT_SUCCESS);
}

static size_t
count_pipes(const struct service_stats_list *all)
{
	const struct service_stats *t;
	size_t n = 0;

	TAILQ_FOREACH(t, all, entry)
		if (t->stderr_read != -1)
			n++;
	return n;
}

/* The process: keep the N read ends of ALL and the log, and nothing else. */
static void __attribute__((noreturn)) run_process(
    const struct service_stats_list *all, size_t n, const struct config *config,
    int devnull, struct logger_page *page, pid_t daemon)
{
	struct stream *streams = calloc(n, sizeof(*streams));
	struct pollfd *pfds = calloc(n, sizeof(*pfds));
	int *keep = calloc(n, sizeof(*keep));
	const struct service_stats *t;
	size_t i = 0;

	if (streams == NULL || pfds == NULL || keep == NULL)
		fatal(EX_OSERR, "logger: cannot start");
	/* A session of its own: Ctrl-C is for the daemon alone. */
	if (setsid() == -1)
		fatal(EX_OSERR, "logger: cannot create a process session");
	setproctitle("logger");
	/* A reader of the daemon's output must not wait for this process. */
	if (fds_set_stdio(devnull, devnull, devnull) == -1)
		fatal(EX_OSERR, "logger: cannot open /dev/null");
	TAILQ_FOREACH(t, all, entry) {
		if (t->stderr_read == -1)
			continue;
		streams[i].service = t->name;
		streams[i].rate.per_second = LOGGER_RATE;
		pfds[i].events = POLLIN;
		pfds[i].fd = keep[i] = t->stderr_read;
		i++;
	}
	fds_close_others(keep, n);
	free(keep);
	if (confine(&(struct confinement) { .name = "logger",
		.identity = &config->haild,
		.root = CONFINE_SAME_ROOT }) == -1)
		_exit(EX_NOPERM);
	/* After the change of the user, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == -1)
		fatal(EX_OSERR, "logger: cannot set PR_SET_PDEATHSIG");
	if (getppid() != daemon)
		raise(SIGTERM); /* it was too late for that */
	if (confine_logging() == -1)
		fatal(EX_OSERR, "logger: cannot restrict system calls");
	run(streams, pfds, n, page, daemon);
}

/* --- the daemon's side --- */

int
logger_pipes(struct service_stats_list *all, const struct config *config)
{
	const struct service *service = config->services;
	struct service_stats *t;
	int fds[2];

	for (; service < config->services + config->nservices; service++) {
		if (service->handler != HANDLER_EXEC || service->disable ||
		    service->stderr_to != STDERR_LOG)
			continue;
		t = service_stats_get(all, service->name);
		if (t != NULL && t->stderr_read != -1)
			continue;
		if (t == NULL || pipe2(fds, O_CLOEXEC) == -1) {
			log_err("%s: cannot create a pipe for stderr",
			    service->name);
			return -1;
		}
		/* Not the other end: programs expect it to block. */
		fcntl(fds[0], F_SETFL, O_NONBLOCK);
		/* So that a program of any user can open /dev/stderr. */
		fchmod(fds[1], 0622);
		t->stderr_read = fds[0];
		t->stderr_write = fds[1];
	}
	return 0;
}

void
logger_close(struct service_stats_list *all)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, all, entry)
		service_stats_close_pipe(t);
}

void
logger_renew(struct logger *l)
{
	if (l->pid == 0) {
		l->started = 0;
		return;
	}
	l->renewed = true;
	l->told = clock_now();
	kill(l->pid, SIGTERM);
}

void
logger_exited(struct logger *l, const siginfo_t *info)
{
	char end[PROCESS_END_MAX];

	l->pid = 0;
	logger_counts_end(&l->tally);
	if (l->renewed)
		l->started = 0;
	else if (!l->last)
		log_warnx("the logger %s; starting another one",
		    info == NULL ? "cannot be reaped"
				 : process_print_end(info, end, sizeof(end)));
	l->renewed = false;
}

/* Fork it.  Returns its pid, or 0 (logged). */
static pid_t
start(struct logger *l, const struct service_stats_list *all, size_t n,
    const struct config *config, int devnull)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		run_process(all, n, config, devnull, l->tally.page, self);
	if (pid == -1) {
		log_warn("logger: cannot fork");
		return 0;
	}
	logger_counts_forked(&l->tally);
	return pid;
}

int64_t
logger_expire(struct logger *l, const struct service_stats_list *all,
    const struct config *config, int devnull, int64_t now)
{
	size_t n = l->last ? 0 : count_pipes(all);

	if (l->pid != 0 && l->renewed && now >= l->told + LOGGER_GRACE) {
		log_warnx("the logger, pid %ld, does not end; killing it",
		    (long)l->pid);
		kill(l->pid, SIGKILL);
		logger_exited(l, NULL);
	}
	if (l->pid == 0 && n > 0 && now >= l->started + SECOND) {
		l->started = now;
		if (logger_counts_begin(&l->tally) == -1)
			log_warn("logger: cannot map memory");
		else if ((l->pid = start(l, all, n, config, devnull)) == 0)
			logger_counts_end(&l->tally);
	}
	if (l->pid == 0)
		return n > 0 ? l->started + SECOND : -1;
	/*
	 * The logger may share uid nobody with programs, which could SIGSTOP
	 * it; send SIGCONT once a second while something happens, and after.
	 */
	if (now < l->woken + SECOND)
		return l->woken + SECOND;
	l->woken = now;
	kill(l->pid, SIGCONT);
	return l->renewed ? l->woken + SECOND : -1;
}
