/*
 * log.c -- messages to syslog and to standard error.
 */

#include "lib/log.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <vis.h>

/* How a line on standard error looks. */
enum look { LOOK_TIME, LOOK_COLOUR, LOOK_PLAIN, LOOK_JOURNAL };

/* The second that was printed last, for there are many lines in it. */
struct stamp {
	time_t at;
	char text[32];
};

static struct {
	const char *ident;
	const char *path; /* the syslog socket */
	int to;
	int facility;
	int level;
	enum look look;
	int sock; /* connected to path, or -1 */
	int err;  /* our own copy of standard error, or -1 */
	struct log_lost lost;
	pid_t loser; /* whose loss that is: a child has no part in it */
	struct stamp syslog_stamp, stderr_stamp;
} settings = { "haild", "/dev/log", LOG_TO_STDERR, LOG_DAEMON, LOG_INFO,
	LOOK_TIME, -1, -1, { 0, 0, 0 }, 0, { 0, "" }, { 0, "" } };

static const struct {
	const char *name;
	int number;
} facilities[] = {
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON },
	{ "daemon", LOG_DAEMON },
	{ "ftp", LOG_FTP },
	{ "kern", LOG_KERN },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ "lpr", LOG_LPR },
	{ "mail", LOG_MAIL },
	{ "news", LOG_NEWS },
	{ "syslog", LOG_SYSLOG },
	{ "user", LOG_USER },
	{ "uucp", LOG_UUCP },
};

int
log_facility_number(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (strcmp(facilities[i].name, name) == 0)
			return facilities[i].number;
	return -1;
}

const char *
log_facility_name(int facility)
{
	size_t i;

	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (facilities[i].number == facility)
			return facilities[i].name;
	return NULL;
}

static void
syslog_connect(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlcpy(sun.sun_path, settings.path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return;
	}
	settings.sock = fd;
}

static void
syslog_disconnect(void)
{
	if (settings.sock != -1)
		close(settings.sock);
	settings.sock = -1;
}

/* The local time, written anew only when it is another second. */
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

/* Returns whether the datagram was taken; never waits. */
static bool
syslog_send(int level, const char *text)
{
	char head[256];
	struct iovec parts[2] = { { .iov_base = head },
		{ .iov_base = (void *)(uintptr_t)text,
		    .iov_len = strlen(text) } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	int n, try;

	/* RFC 3164 section 4.1, without the host name, as local senders do */
	n = snprintf(head, sizeof(head),
	    "<%d>%s %s[%ld]: ", settings.facility | level,
	    stamp(&settings.syslog_stamp, false), settings.ident,
	    (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(head))
		return false;
	parts[0].iov_len = (size_t)n;

	/* The second try is for a syslog that was restarted meanwhile. */
	for (try = 0; try < 2; try++) {
		if (settings.sock == -1)
			syslog_connect();
		if (settings.sock == -1)
			return false;
		if (sendmsg(settings.sock, &message, MSG_NOSIGNAL) != -1)
			return true;
		if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
			return false;
		syslog_disconnect();
	}
	return false;
}

/* Whether a line can be written to standard error without waiting. */
static bool
stderr_ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return !(settings.to & LOG_NO_WAIT) ||
	    (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT));
}

/* What stands before a message on standard error. */
static void
stderr_head(int level, char *head, size_t size)
{
	switch (settings.look) {
	case LOOK_JOURNAL: /* which adds all the rest by itself */
		snprintf(head, size, "<%d>", level);
		return;
	case LOOK_PLAIN:
		snprintf(head, size, "%s: ", settings.ident);
		return;
	case LOOK_TIME:
	case LOOK_COLOUR:
		snprintf(head, size,
		    "%s %s[%ld]: ", stamp(&settings.stderr_stamp, true),
		    settings.ident, (long)getpid());
	}
}

/* What begins a message (ECMA-48, SGR): red, yellow, faint, or nothing. */
static const char *
stderr_colour(int level)
{
	if (settings.look != LOOK_COLOUR)
		return "";
	if (level <= LOG_ERR)
		return "\033[31m";
	if (level == LOG_WARNING)
		return "\033[33m";
	return level == LOG_DEBUG ? "\033[2m" : "";
}

/* Returns whether the line was taken. */
static bool
stderr_send(int level, const char *text)
{
	const char *colour = stderr_colour(level);
	int fd = settings.err == -1 ? STDERR_FILENO : settings.err;
	char head[256], line[sizeof(head) + LOG_LINE_MAX + 16];
	int n;

	stderr_head(level, head, sizeof(head));
	n = snprintf(line, sizeof(line), "%s%s%s%s\n", head, colour, text,
	    *colour == '\0' ? "" : "\033[0m");
	/* One write, so that lines of several processes do not mix. */
	return n >= 0 && stderr_ready(fd) && write(fd, line, (size_t)n) == n;
}

/* What was lost before fork(2) is the parent's to tell. */
static void
own_loss(void)
{
	if (settings.loser == getpid())
		return;
	settings.loser = getpid();
	settings.lost = (struct log_lost) { 0, 0, 0 };
}

/*
 * Have SEND_TO take a message, after a note of what it did not take since it
 * last did, which is what UNTOLD counts.
 */
static void
deliver(bool (*send_to)(int, const char *), unsigned long *untold,
    const char *name, int level, const char *text)
{
	char note[80];

	own_loss();
	if (*untold > 0) {
		snprintf(note, sizeof(note),
		    "%lu messages lost while %s did not take them", *untold,
		    name);
		if (send_to(LOG_WARNING, note))
			*untold = 0;
	}
	if (!send_to(level, text)) {
		settings.lost.all++;
		(*untold)++;
	}
}

/*
 * Write RAW as vis(3) does into TEXT, which has LOG_LINE_MAX + 1 bytes; what
 * does not fit is cut between two escapes.  Byte by byte, since strnvis of
 * libbsd 0.11 writes its NUL behind the size that it is given.
 */
static void
escape(char *text, const char *raw)
{
	const char *end = text + LOG_LINE_MAX;
	char seen[8];
	size_t n;

	for (; *raw != '\0'; raw++) {
		/* vis(3) would not change it, but allocates memory to say so.
		 */
		if (*raw >= ' ' && *raw <= '~' && *raw != '\\') {
			if (text == end)
				break;
			*text++ = *raw;
			continue;
		}
		n = (size_t)(vis(seen, *raw, LOG_VIS, raw[1]) - seen);
		if (n > (size_t)(end - text))
			break;
		memcpy(text, seen, n);
		text += n;
	}
	*text = '\0';
}

/* In a frame of its own, so that vsnprintf needs none below TEXT. */
static void __attribute__((noinline)) log_text(int level, const char *raw)
{
	char text[LOG_LINE_MAX + 1];

	escape(text, raw);
	if (settings.to & LOG_TO_SYSLOG)
		deliver(syslog_send, &settings.lost.syslog_untold, "syslog",
		    level, text);
	/* A daemon that is still starting tells its user what is wrong. */
	if ((settings.to & LOG_TO_STDERR) &&
	    (!(settings.to & LOG_TO_SYSLOG) || level <= LOG_WARNING))
		deliver(stderr_send, &settings.lost.stderr_untold,
		    "standard error", level, text);
}

static void __attribute__((format(printf, 3, 0)))
log_message(int level, int error, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX];
	size_t used;
	int saved = errno, n;

	if (level > settings.level)
		return;
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	if (n < 0)
		return;
	used = (size_t)n < sizeof(raw) ? (size_t)n : sizeof(raw) - 1;
	if (error != 0)
		snprintf(
		    raw + used, sizeof(raw) - used, ": %s", strerror(error));
	log_text(level, raw);
	errno = saved;
}

void
log_init_path(
    const char *ident, int to, int facility, int level, const char *path)
{
	settings.ident = ident;
	settings.facility = facility;
	settings.level = level;
	settings.path = path;
	tzset(); /* reads its file now, not in a chroot */
	syslog_disconnect();
	log_set_destination(to);
}

void
log_init(const char *ident, int to, int facility, int level)
{
	log_init_path(ident, to, facility, level, "/dev/log");
}

/*
 * JOURNAL_STREAM is "device:inode" of the stream that leads to the journal, in
 * decimal (systemd.exec(5)); it is inherited also by those who got another
 * standard error meanwhile.
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
 * Our own copy of standard error.  Others share what it refers to, and expect
 * that to block; but poll(2) cannot promise room for a line: a terminal takes
 * a part of it and waits (tried), and a pipe may be full by then.  So a log
 * that must not wait opens these anew, where it may.
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
log_set_destination(int to)
{
	settings.to = to;
	settings.look = choose_look(to, STDERR_FILENO);
	if (settings.err != -1)
		close(settings.err);
	settings.err = -1;
	if (to & LOG_TO_STDERR)
		settings.err = copy_stderr(to);
	if (!(to & LOG_TO_SYSLOG))
		syslog_disconnect();
	else if (settings.sock == -1)
		syslog_connect();
}

void
log_set_facility(int facility)
{
	settings.facility = facility;
}

int
log_level(void)
{
	return settings.level;
}

const char *
log_export(char buf[LOG_EXPORT_MAX])
{
	snprintf(buf, LOG_EXPORT_MAX, "%d:%d:%d", settings.to,
	    settings.facility, settings.level);
	return buf;
}

int
log_import(const char *ident, const char *text)
{
	int to, facility, level;

	if (sscanf(text, "%d:%d:%d", &to, &facility, &level) != 3)
		return -1;
	log_init(ident, to, facility, level);
	return 0;
}

unsigned long
log_dropped(void)
{
	return settings.lost.all;
}

struct log_lost
log_lost(void)
{
	return settings.lost;
}

void
log_add_lost(const struct log_lost *lost)
{
	own_loss();
	settings.lost.all += lost->all;
	settings.lost.syslog_untold += lost->syslog_untold;
	settings.lost.stderr_untold += lost->stderr_untold;
}

void
log_descriptors(int fds[2])
{
	fds[0] = settings.sock;
	fds[1] = settings.err;
}

void
log_get(struct log_state *out)
{
	*out = (struct log_state) { .to = settings.to,
		.facility = settings.facility,
		.level = settings.level,
		.look = (int)settings.look };
	log_descriptors(out->fds);
}

void
log_set(const struct log_state *in)
{
	settings.path = "/dev/log";
	settings.to = in->to;
	settings.facility = in->facility;
	settings.level = in->level;
	settings.look = (enum look)in->look;
	settings.sock = in->fds[0];
	settings.err = in->fds[1];
}

#define LOG_BODY(level, error)                          \
	do {                                            \
		va_list ap;                             \
		va_start(ap, fmt);                      \
		log_message((level), (error), fmt, ap); \
		va_end(ap);                             \
	} while (0)

void
log_err(const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, errno);
}

void
log_errx(const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, 0);
}

void
log_warn(const char *fmt, ...)
{
	LOG_BODY(LOG_WARNING, errno);
}

void
log_warnx(const char *fmt, ...)
{
	LOG_BODY(LOG_WARNING, 0);
}

void
log_info(const char *fmt, ...)
{
	LOG_BODY(LOG_INFO, 0);
}

void
log_debug(const char *fmt, ...)
{
	LOG_BODY(LOG_DEBUG, 0);
}

void
log_at(int level, const char *fmt, ...)
{
	LOG_BODY(level, 0);
}

void
fatal(int status, const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, errno);
	exit(status);
}

void
fatalx(int status, const char *fmt, ...)
{
	LOG_BODY(LOG_ERR, 0);
	exit(status);
}
