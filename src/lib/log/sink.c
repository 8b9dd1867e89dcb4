#include "lib/log/sink.h"

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

static const char *name = "haild";
static const char *socket_path = "/dev/log";
static struct stamp syslog_stamp, stderr_stamp;

/* --- syslog --- */

static void
syslog_connect(struct log_state *s)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlcpy(to.sun_path, socket_path, sizeof(to.sun_path)) >=
	    sizeof(to.sun_path))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		close(fd);
	else
		s->fds[0] = fd;
}

static void
close_sink(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
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
	strftime(s->text, sizeof(s->text),
	    year ? "%Y-%m-%d %H:%M:%S" : "%b %e %H:%M:%S", &tm);
	s->at = now;
	return s->text;
}

bool
log_sink_syslog(struct log_state *s, int level, const char *text)
{
	char head[256];
	struct iovec parts[2] = { { .iov_base = head },
		{ .iov_base = (void *)(uintptr_t)text,
		    .iov_len = strlen(text) } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	int n, try;

	/* RFC 3164 section 4.1, without the host name, as local senders do */
	n = snprintf(head, sizeof(head),
	    "<%d>%s %s[%ld]: ", s->facility | level,
	    stamp(&syslog_stamp, false), name, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(head))
		return false;
	parts[0].iov_len = (size_t)n;

	/* A second try, in case syslog was restarted. */
	for (try = 0; try < 2; try++) {
		if (s->fds[0] == -1)
			syslog_connect(s);
		if (s->fds[0] == -1)
			return false;
		if (sendmsg(s->fds[0], &message, MSG_NOSIGNAL) != -1)
			return true;
		if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
			return false;
		close_sink(&s->fds[0]);
	}
	return false;
}

/* --- standard error --- */

static bool
is_writable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT);
}

/* The text before a message. */
static void
stderr_head(const struct log_state *s, int level, char *head, size_t size)
{
	switch (s->look) {
	case LOOK_JOURNAL: /* the journal adds time, name and process ID */
		snprintf(head, size, "<%d>", level);
		return;
	case LOOK_PLAIN:
		snprintf(head, size, "%s: ", name);
		return;
	default:
		snprintf(head, size, "%s %s[%ld]: ", stamp(&stderr_stamp, true),
		    name, (long)getpid());
	}
}

/* The sequence (ECMA-48, SGR) for red, yellow or faint; or "". */
static const char *
stderr_colour(const struct log_state *s, int level)
{
	if (s->look != LOOK_COLOUR || s->json)
		return "";
	if (level <= LOG_ERR)
		return "\033[31m";
	if (level == LOG_WARNING)
		return "\033[33m";
	return level == LOG_DEBUG ? "\033[2m" : "";
}

bool
log_sink_stderr(struct log_state *s, int level, const char *text)
{
	const char *colour = stderr_colour(s, level);
	int fd = s->fds[1] == -1 ? STDERR_FILENO : s->fds[1];
	char head[256] = "", line[sizeof(head) + LOG_JSON_MAX + 16];
	int n;

	/* JSON has all that; but the journal needs the priority. */
	if (!s->json || s->look == LOOK_JOURNAL)
		stderr_head(s, level, head, sizeof(head));
	n = snprintf(line, sizeof(line), "%s%s%s%s\n", head, colour, text,
	    *colour == '\0' ? "" : "\033[0m");
	/* One write, so that lines of several processes do not get mixed. */
	return n >= 0 && (!(s->to & LOG_NO_WAIT) || is_writable(fd)) &&
	    write(fd, line, (size_t)n) == n;
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

const char *
log_sink_name(void)
{
	return name;
}

void
log_sink_init(struct log_state *s, const char *ident, const char *path)
{
	name = ident;
	socket_path = path;
	tzset(); /* reads its file now: it may be missing in a chroot */
	close_sink(&s->fds[0]);
}

void
log_sink_open(struct log_state *s, int to)
{
	s->to = to;
	s->look = choose_look(to, STDERR_FILENO);
	close_sink(&s->fds[1]);
	if (to & LOG_TO_STDERR)
		s->fds[1] = copy_stderr(to);
	if (!(to & LOG_TO_SYSLOG))
		close_sink(&s->fds[0]);
	else if (s->fds[0] == -1)
		syslog_connect(s);
}
