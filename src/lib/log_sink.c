/*
 * log_sink.c -- the two destinations of messages: syslog and standard error.
 */

#include "lib/log_sink.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* The form of a line on standard error. */
enum look { LOOK_TIME, LOOK_COLOUR, LOOK_PLAIN, LOOK_JOURNAL };

/* The time as it was last formatted: many messages share a second. */
struct stamp {
	time_t at;
	char text[32];
};

static struct {
	const char *ident;
	const char *path; /* the syslog socket */
	int to;
	int facility;
	enum look look;
	int sock; /* connected to path, or -1 */
	int err;  /* a duplicate of standard error, or -1 */
	struct stamp syslog_stamp, stderr_stamp;
} sink = { "haild", "/dev/log", LOG_TO_STDERR, LOG_DAEMON, LOOK_TIME, -1, -1,
	{ 0, "" }, { 0, "" } };

/* --- syslog --- */

static void
syslog_connect(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlcpy(sun.sun_path, sink.path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return;
	}
	sink.sock = fd;
}

static void
syslog_disconnect(void)
{
	if (sink.sock != -1)
		close(sink.sock);
	sink.sock = -1;
}

/* The local time, formatted again only when the second has changed. */
static const char *
stamp(struct stamp *s, bool year)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now == s->at)
		return s->text;
	if (localtime_r(&now, &tm) == NULL)
		return "";
	if (year)
		strftime(s->text, sizeof(s->text), "%Y-%m-%d %H:%M:%S", &tm);
	else
		strftime(s->text, sizeof(s->text), "%b %e %H:%M:%S", &tm);
	s->at = now;
	return s->text;
}

bool
log_sink_syslog(int level, const char *text)
{
	char head[256];
	struct iovec parts[2] = { { .iov_base = head },
		{ .iov_base = (void *)(uintptr_t)text,
		    .iov_len = strlen(text) } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	int n, try;

	/* RFC 3164 section 4.1, without the host name, as local senders do */
	n = snprintf(head, sizeof(head),
	    "<%d>%s %s[%ld]: ", sink.facility | level,
	    stamp(&sink.syslog_stamp, false), sink.ident, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(head))
		return false;
	parts[0].iov_len = (size_t)n;

	/* A second try, in case syslog was restarted. */
	for (try = 0; try < 2; try++) {
		if (sink.sock == -1)
			syslog_connect();
		if (sink.sock == -1)
			return false;
		if (sendmsg(sink.sock, &message, MSG_NOSIGNAL) != -1)
			return true;
		if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
			return false;
		syslog_disconnect();
	}
	return false;
}

/* --- standard error --- */

/* Whether a line can be written to FD without waiting. */
static bool
stderr_ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return !(sink.to & LOG_NO_WAIT) ||
	    (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT));
}

/* The text before a message. */
static void
stderr_head(int level, char *head, size_t size)
{
	switch (sink.look) {
	case LOOK_JOURNAL: /* the journal adds time, name and process ID */
		snprintf(head, size, "<%d>", level);
		return;
	case LOOK_PLAIN:
		snprintf(head, size, "%s: ", sink.ident);
		return;
	case LOOK_TIME:
	case LOOK_COLOUR:
		snprintf(head, size,
		    "%s %s[%ld]: ", stamp(&sink.stderr_stamp, true), sink.ident,
		    (long)getpid());
	}
}

/* The sequence (ECMA-48, SGR) for red, yellow or faint; or "". */
static const char *
stderr_colour(int level)
{
	if (sink.look != LOOK_COLOUR)
		return "";
	if (level <= LOG_ERR)
		return "\033[31m";
	if (level == LOG_WARNING)
		return "\033[33m";
	return level == LOG_DEBUG ? "\033[2m" : "";
}

bool
log_sink_stderr(int level, const char *text)
{
	const char *colour = stderr_colour(level);
	int fd = sink.err == -1 ? STDERR_FILENO : sink.err;
	char head[256], line[sizeof(head) + LOG_LINE_MAX + 16];
	int n;

	stderr_head(level, head, sizeof(head));
	n = snprintf(line, sizeof(line), "%s%s%s%s\n", head, colour, text,
	    *colour == '\0' ? "" : "\033[0m");
	/* One write, so that lines of several processes do not get mixed. */
	return n >= 0 && stderr_ready(fd) && write(fd, line, (size_t)n) == n;
}

/*
 * JOURNAL_STREAM is "device:inode", in decimal, of the stream to the journal
 * (systemd.exec(5)).  Processes with another standard error inherit it, too, so
 * it must be compared.
 */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(fd, &st) == -1)
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

static bool
wants_colour(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && (no == NULL || *no == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

static enum look
choose_look(int to, int fd)
{
	if (is_journal(fd))
		return LOOK_JOURNAL;
	if (to & LOG_PLAIN)
		return LOOK_PLAIN;
	return wants_colour(fd) ? LOOK_COLOUR : LOOK_TIME;
}

/*
 * Duplicate standard error.  Other processes share its open file and expect
 * blocking writes, so O_NONBLOCK must not be set on it; and poll(2) does not
 * guarantee room for a line: a terminal accepts a part of it and then blocks
 * (measured), and another writer may fill a pipe.  So for LOG_NO_WAIT a pipe or
 * a terminal is opened a second time, if permissions allow that.
 */
static int
copy_stderr(int to)
{
	struct stat st;
	int fd = -1;

	if ((to & LOG_NO_WAIT) && fstat(STDERR_FILENO, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || isatty(STDERR_FILENO)))
		fd = open("/proc/self/fd/2",
		    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd != -1 ? fd : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
}

void
log_sink_init(const char *ident, int facility, const char *path)
{
	sink.ident = ident;
	sink.facility = facility;
	sink.path = path;
	tzset(); /* reads its file now: it may be missing in a chroot */
	syslog_disconnect();
}

void
log_sink_open(int to)
{
	sink.to = to;
	sink.look = choose_look(to, STDERR_FILENO);
	if (sink.err != -1)
		close(sink.err);
	sink.err = to & LOG_TO_STDERR ? copy_stderr(to) : -1;
	if (!(to & LOG_TO_SYSLOG))
		syslog_disconnect();
	else if (sink.sock == -1)
		syslog_connect();
}

void
log_sink_set_facility(int facility)
{
	sink.facility = facility;
}

void
log_sink_get(int *facility, int *look)
{
	*facility = sink.facility;
	*look = (int)sink.look;
}

void
log_sink_adopt(int to, int facility, int look, const int fds[2])
{
	sink.to = to;
	sink.facility = facility;
	sink.look = (enum look)look;
	sink.sock = fds[0];
	sink.err = fds[1];
}

void
log_sink_descriptors(int fds[2])
{
	fds[0] = sink.sock;
	fds[1] = sink.err;
}
