/*
 * logger.c -- the process that writes programs' standard error to the log.
 */

#include "haild/logger.h"

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

#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "contain/confine.h"
#include "lib/signals.h"
#include "haild/children/service_stats.h"

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

/* How many bytes the log will write for one. */
static size_t
width_of(char c)
{
	char seen[8];

	return (size_t)(vis(seen, c, LOG_VIS, 0) - seen);
}

void
line_feed(
    struct line *line, const char *data, size_t len, line_fn *emit, void *arg)
{
	size_t i, width;

	for (i = 0; i < len; i++) {
		char c = data[i] == '\0' ? '?' : data[i];

		if (c == '\n') {
			line_end(line, emit, arg);
			continue;
		}
		width = width_of(c);
		if (line->width + width > LOGGER_LINE_MAX)
			line_end(line, emit, arg);
		line->text[line->used++] = c;
		line->width += width;
	}
}

/* --- the process --- */

struct stream {
	const char *service;
	struct line line;
	struct ratelimit rate;
	int64_t heard; /* when something came last */
};

/* "stderr: " keeps a program from writing what looks like a session's line. */
static void
emit_line(void *arg, const char *text)
{
	struct stream *s = arg;

	if (ratelimit_pass(&s->rate, clock_now()))
		log_info("%s: stderr: %s", s->service, text);
}

static void
tell_left_out(struct stream *s)
{
	unsigned long n = ratelimit_left_out(&s->rate, clock_now());

	if (n > 0)
		log_warnx("%s: %lu lines of stderr left out", s->service, n);
}

/* Read what there is.  Returns whether the stream goes on. */
static bool
read_stream(struct stream *s, int fd)
{
	char buf[16384];
	ssize_t n;

	n = io_read(fd, buf, sizeof(buf));
	if (n == -1 && errno == EAGAIN)
		return true;
	if (n > 0) {
		s->heard = clock_now();
		line_feed(&s->line, buf, (size_t)n, emit_line, s);
		return true;
	}
	line_end(&s->line, emit_line, s);
	return false;
}

/* Nothing came for a second: what there is of a line was all. */
static void
end_silent(struct stream *s)
{
	if (s->line.used > 0 && clock_now() - s->heard >= SECOND)
		line_end(&s->line, emit_line, s);
}

/* Something waits for time to pass: a count to tell, or the rest of a line. */
static bool
is_pending(const struct stream *s)
{
	return s->rate.left_out > 0 || s->line.used > 0;
}

/* Both are on the heap, and ours. */
static void __attribute__((noreturn))
run(struct stream *streams, struct pollfd *pfds, size_t n)
{
	const struct timespec second = { .tv_sec = 1 };
	size_t i, open = n;
	bool pending = false;
	int ready;

	/* What is in a pipe then, the next logger reads. */
	while (open > 0 && !signals_taken(SIGTERM)) {
		ready = ppoll(
		    pfds, n, pending ? &second : NULL, signals_open_mask());
		if (ready == -1 && errno != EINTR)
			fatal(EX_OSERR, "logger: poll");
		if (ready == -1)
			continue;
		pending = false;
		for (i = 0; i < n; i++) {
			if (pfds[i].revents != 0 &&
			    !read_stream(&streams[i], pfds[i].fd)) {
				pfds[i].fd = -1;
				open--;
			}
			end_silent(&streams[i]);
			tell_left_out(&streams[i]);
			pending = pending || is_pending(&streams[i]);
		}
	}
	for (i = 0; i < n; i++)
		line_end(&streams[i].line, emit_line, &streams[i]);
	free(streams);
	free(pfds);
	_exit(EXIT_SUCCESS);
}

/* Keep the read ends and the log, and nothing else. */
static void
take_streams(const struct server *server, struct stream *streams,
    struct pollfd *pfds, int *keep)
{
	const struct service_stats *t;
	size_t n = 0;

	TAILQ_FOREACH(t, &server->all_stats, entry) {
		if (t->stderr_read == -1)
			continue;
		streams[n].service = t->name;
		streams[n].rate.per_second = LOGGER_RATE;
		pfds[n].events = POLLIN;
		pfds[n].fd = keep[n] = t->stderr_read;
		n++;
	}
	fds_close_others(keep, n);
}

static size_t
count_pipes(const struct server *server)
{
	const struct service_stats *t;
	size_t n = 0;

	TAILQ_FOREACH(t, &server->all_stats, entry)
		if (t->stderr_read != -1)
			n++;
	return n;
}

void
logger_start(struct server *server, int64_t now)
{
	size_t n = count_pipes(server);
	struct stream *streams;
	struct pollfd *pfds;
	int *keep;
	pid_t pid;

	if (n == 0)
		return;
	server->logger_started = now;
	if ((pid = fork()) == -1) {
		log_warn("logger: fork");
		return;
	}
	if (pid > 0) {
		server->logger = pid;
		return;
	}
	if (setsid() == -1) /* Ctrl-C is for the daemon alone */
		_exit(EX_OSERR);
	setproctitle("logger");
	/* Nobody who waits for haild's output is to wait for this process. */
	if (dup2(server->devnull, STDIN_FILENO) == -1 ||
	    dup2(server->devnull, STDOUT_FILENO) == -1 ||
	    dup2(server->devnull, STDERR_FILENO) == -1)
		_exit(EX_OSERR);
	streams = calloc(n, sizeof(*streams));
	pfds = calloc(n, sizeof(*pfds));
	keep = calloc(n, sizeof(*keep));
	if (streams == NULL || pfds == NULL || keep == NULL)
		fatal(EX_OSERR, "logger");
	take_streams(server, streams, pfds, keep);
	free(keep);
	if (confine(&(struct confinement) { .name = "logger",
		.identity = &server->config->haild,
		.root = CONFINE_SAME_ROOT }) == -1)
		_exit(EX_NOPERM);
	run(streams, pfds, n);
}

/* --- the daemon's side --- */

static bool
needs_pipe(const struct service *service)
{
	return service->handler == HANDLER_EXEC && !service->disable &&
	    service->stderr_to == STDERR_LOG;
}

int
logger_pipes(struct server *server)
{
	const struct config *config = server->config;
	struct service_stats *t;
	size_t i;
	int fds[2];

	for (i = 0; i < config->nservices; i++) {
		if (!needs_pipe(&config->services[i]))
			continue;
		t = service_stats_get(
		    &server->all_stats, config->services[i].name);
		if (t == NULL)
			return -1;
		if (t->stderr_read != -1)
			continue;
		if (pipe2(fds, O_CLOEXEC) == -1) {
			log_err("%s: pipe", t->name);
			return -1;
		}
		/*
		 * Only the logger's end: O_NONBLOCK belongs to the open file
		 * description, and programs expect a blocking standard error.
		 */
		fcntl(fds[0], F_SETFL, O_NONBLOCK);
		/* So that a program can open /dev/stderr as well. */
		fchmod(fds[1], 0622);
		t->stderr_read = fds[0];
		t->stderr_write = fds[1];
	}
	return 0;
}

void
logger_close(struct server *server)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, &server->all_stats, entry) {
		if (t->stderr_write != -1)
			close(t->stderr_write);
		if (t->stderr_read != -1)
			close(t->stderr_read);
		t->stderr_read = t->stderr_write = -1;
	}
}

void
logger_renew(struct server *server)
{
	if (server->logger == 0) {
		logger_start(server, clock_now());
		return;
	}
	server->logger_renewed = true;
	kill(server->logger, SIGTERM);
}

int64_t
logger_next(const struct server *server)
{
	if (server->logger != 0 || server->stopping || count_pipes(server) == 0)
		return -1;
	/* One that cannot live is tried once a second. */
	return server->logger_started + SECOND;
}

void
logger_expire(struct server *server, int64_t now)
{
	int64_t next = logger_next(server);

	if (next != -1 && now >= next)
		logger_start(server, now);
	/* Where nobody stands in for haild, nobody's programs can stop it. */
	if (server->logger != 0 && now - server->logger_woken >= SECOND) {
		server->logger_woken = now;
		kill(server->logger, SIGCONT);
	}
}
